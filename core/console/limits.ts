/**
 * What both sides and the relay hold each other to. The API gateway closes a connection at a message of 32 KB
 * (docs: "WebSocket frame size"), after 10 minutes without one and after 2 hours in any case.
 */
export const consoleLimits = {
  /** Of UTF-8 JSON, one frame. */
  frameBytes: 32_000,
  /** Of the terminal's data in one frame, before base64. */
  dataBytes: 16_384,
  /** Frames of one direction that are on their way or kept to be sent again. */
  window: 32,
  /** Frames that may come ahead of the one that is due. */
  reorder: 64,
  /** An acknowledgement is due after so many frames, or after `ackMs`. */
  ackFrames: 8,
  ackMs: 100,
  /** A side that heard nothing for this long asks whether the relay is there, and waits so long for an answer. */
  pingMs: 60_000,
  pongMs: 30_000,
  /** A side keeps its connection no longer than this: the gateway would end it, at a moment of its own. */
  connectionMs: 110 * 60_000,
  /** A ticket of a new session must be used within this time. */
  ticketMs: 60_000,
  /** A side that is away for longer ends the session. */
  graceMs: 120_000,
  noticeLength: 500,
  reasonLength: 300,
} as const;
