/**
 * Notices `!` at the beginning of a line that is typed, which asks Asterisk's client for a shell: only to explain why
 * nothing comes of it. It prevents nothing (history and editing keys go past it), and keeps nothing of what is typed.
 */
export function createShellWatch(noticed: () => void): (typed: Uint8Array) => void {
  let atStart = true;
  return (typed) => {
    for (const byte of typed) {
      if (atStart && byte === bang) noticed();
      // Return, line feed, Ctrl-C, Ctrl-U begin a line; blanks leave it at its beginning.
      atStart = starters.has(byte) || (atStart && byte === blank);
    }
  };
}

const bang = 0x21;
const blank = 0x20;
const starters: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x03, 0x15]);
