/**
 * `0.2.0-rc.1`, revision 3 → `0.2.0~rc.1-3`: Debian sorts `~` before the end, as semver does with what follows the
 * hyphen. The revision tells two packages of the same sources apart.
 */
export function debianVersion(version: string, revision: number): string {
  const [core = '', ...preRelease] = version.replace(/\+.*$/, '').split('-');
  const upstream = [core, preRelease.join('.')].filter((part) => part !== '').join('~');
  return `${upstream}-${revision}`;
}
