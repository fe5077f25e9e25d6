const loopback = /^(localhost|127(\.\d{1,3}){3})$/;

/**
 * The address of a repository without a slash at its end; it is written into a shell script and into apt's sources,
 * so nothing that these read otherwise may be in it. Throws what is wrong with it.
 */
export function repositoryUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) throw new Error('It must be an address, https://….');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) {
    throw new Error('It must begin with https:// (http:// on this very machine).');
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new Error('It must have no user, no ? and no #.');
  }
  const whole = url.href.replace(/\/+$/, '');
  if (!/^[\w.:/%~-]+$/.test(whole)) throw new Error('Its path may have letters, digits and . _ ~ - / only.');
  return whole;
}
