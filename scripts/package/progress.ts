/** Progress goes to standard error: standard output is for the answer. */
export async function step<T>(what: string, deed: () => Promise<T>): Promise<T> {
  const start = performance.now();
  process.stderr.write(`package: ${what} ...\n`);
  const result = await deed();
  process.stderr.write(`package: ${what}: done in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Bytes for a person, in the decimal units of package managers. */
export function inMegabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
