/** Progress goes to standard error: standard output is for what a command answers. */
export function note(text: string): void {
  process.stderr.write(`lab: ${text}\n`);
}

/** Says what is being done and, when it is done, how long it took. */
export async function timed<T>(what: string, deed: () => Promise<T>): Promise<T> {
  const start = performance.now();
  note(`${what} ...`);
  const result = await deed();
  note(`${what}: done in ${secondsSince(start)}`);
  return result;
}

export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
