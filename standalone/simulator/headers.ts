/** Headers in the order in which they are written; a name may come several times. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** One AMI message: a line per header, then a blank line. CR and LF in a value become spaces, as on a real PBX. */
export function encodeMessage(headers: Headers): string {
  let text = '';
  for (const [name, value] of headers) text += `${name}: ${value.replace(/[\r\n]/g, ' ')}\r\n`;
  return `${text}\r\n`;
}
