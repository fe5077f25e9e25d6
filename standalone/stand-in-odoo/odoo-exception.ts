/** What a method of the stand-in raises: the name of Odoo's exception and its message. */
export class OdooException extends Error {
  readonly exception: string;

  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}

/** `error.data` of JSON-RPC, and the body of a failed JSON-2 call, as Odoo 19 writes them. */
export function faultData(error: unknown): Record<string, unknown> {
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof OdooException ? error.exception : 'builtins.ValueError';
  return { name, message, arguments: [message], context: {}, debug: traceback(error) };
}

export function traceback(error: unknown): string {
  const name = error instanceof OdooException ? error.exception : 'ValueError';
  const message = error instanceof Error ? error.message : String(error);
  return `Traceback (most recent call last):\n  File "stand-in Odoo", in dispatch\n${name}: ${message}\n`;
}
