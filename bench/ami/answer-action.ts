export const banner = 'Asterisk Call Manager/11.0.0\r\n';

export interface Answered {
  /** What goes back. */
  text: string;
  /** Whether the action was a login that wants events. */
  listens: boolean;
}

/** Enough of AMI for any client to log in. */
export function answerAction(action: string): Answered {
  const header = (name: string): string =>
    new RegExp(`^${name}: *(.*)$`, 'im').exec(action)?.[1]?.trim() ?? '';
  const name = header('Action').toLowerCase();
  const id = header('ActionID');
  const head = (response: string): string =>
    `Response: ${response}\r\n${id === '' ? '' : `ActionID: ${id}\r\n`}`;
  if (name === 'challenge') return { text: `${head('Success')}Challenge: 123456789\r\n\r\n`, listens: false };
  if (name === 'login') {
    const listens = header('Events').toLowerCase() !== 'off';
    return { text: `${head('Success')}Message: Authentication accepted\r\n\r\n`, listens };
  }
  return { text: `${head('Success')}Message: Done\r\n\r\n`, listens: false };
}
