/** The relay's end of the sides' WebSocket connections: the API gateway's, or those of standalone's door. */
export interface ConsoleConnections {
  /** Sends one text message. False: there is no such connection any more. Rejects when it could not be sent. */
  post(connection: string, message: string): Promise<boolean>;
  /** Closes it; one that is gone is fine. */
  close(connection: string): Promise<void>;
}
