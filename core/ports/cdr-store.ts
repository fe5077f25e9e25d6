/** How far the CDR file has been read. */
export interface CdrPosition {
  /** Bytes from the beginning of the file, always at the beginning of a record. */
  offset: number;
  /** Inode, as text: another one means that the file was rotated. */
  file: string;
}

/** What the CDR backfill remembers over a restart. Writes may be buffered like those of ChannelStore. */
export interface CdrStore {
  position(): CdrPosition | null;
  savePosition(position: CdrPosition): void;
  /** Remembers that the Cdr with this key was seen, live or from the file. `at`: Unix milliseconds. */
  addSeen(key: string, at: number): void;
  hasSeen(key: string): boolean;
  /** Forgets keys seen before `at`. */
  forgetSeen(at: number): void;
}
