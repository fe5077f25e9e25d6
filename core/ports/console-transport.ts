/** One open connection to a console's relay. */
export interface ConsoleConnection {
  send(text: string): void;
  /** What was sent still goes out. `closed` is not called any more. */
  close(): void;
}

export interface ConnectionListener {
  message(text: string): void;
  /** It is gone, and was not closed from here. */
  closed(): void;
}

/** How a side of a console session reaches the relay: a WebSocket, of the browser or of Node. */
export interface ConsoleTransport {
  /**
   * Resolves when it is open. Rejects when it can not be opened, or `signal` aborts; an OdoopbxError that is not
   * retryable means that the ticket was refused.
   */
  connect(url: string, listener: ConnectionListener, signal: AbortSignal): Promise<ConsoleConnection>;
}
