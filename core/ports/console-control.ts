/** What `console.open` asks of the agent. */
export interface ConsoleRequest {
  /** The relay's address with the agent's ticket. */
  readonly url: string;
  readonly session: string;
  readonly cols: number;
  readonly rows: number;
  /** Who sits at the terminal, as Odoo says. */
  readonly user: { readonly id: number; readonly name: string };
  /** The browser's address as Odoo saw it. */
  readonly address?: string | undefined;
}

export interface ConsoleStarted {
  readonly session: string;
  readonly started: true;
  /** Whether `!` starts a shell. */
  readonly shell: boolean;
}

/** The console as the job function sees it. */
export interface ConsoleControl {
  /**
   * Resolves when the terminal runs and the relay has greeted; the session goes on after that. Rejects CONSOLE_*; the
   * browser is told as well, where the relay can be reached.
   */
  open(request: ConsoleRequest, signal: AbortSignal): Promise<ConsoleStarted>;
}
