/** A connection's two halves: what it tells, and what is asked of it. It never throws. */
export interface SocketEvents {
  readonly opened: () => void;
  readonly message: (text: string) => void;
  /** Once, also when it never opened; not after `close`. */
  readonly closed: () => void;
}

export interface Socket {
  send(text: string): void;
  /** What was sent before still goes out. */
  close(): void;
}

export type Connect = (url: string, events: SocketEvents) => Socket;
