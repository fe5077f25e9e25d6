/** The terminal drops what it can not take in below 50 MB; the window alone may bring half a megabyte at once. */
const high = 256 * 1024;
const low = 64 * 1024;

export interface IntakeOptions {
  /** Calls `taken` when the terminal has taken the bytes in. */
  readonly write: (bytes: Uint8Array, taken: () => void) => void;
  readonly hold: (on: boolean) => void;
}

/** Hands output to the terminal and holds the PBX's side while the terminal is far behind. */
export function createIntake({ write, hold }: IntakeOptions): (bytes: Uint8Array) => void {
  let behind = 0;
  let held = false;
  const holdIf = (on: boolean): void => {
    if (on !== held) hold(on);
    held = on;
  };
  return (bytes) => {
    behind += bytes.length;
    if (behind > high) holdIf(true);
    write(bytes, () => {
      behind -= bytes.length;
      if (behind < low) holdIf(false);
    });
  };
}
