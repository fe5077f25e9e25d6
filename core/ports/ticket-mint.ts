/** One-time tickets: 256 bits in base64url, known by their SHA-256. */
export interface TicketMint {
  make(): string;
  /** SHA-256, hex. */
  hashOf(ticket: string): string;
}
