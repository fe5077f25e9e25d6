import { OdoopbxError } from '../errors/odoopbx-error.ts';
import { type ConsoleFrame, consoleFrameSchema } from './frames.ts';
import { consoleLimits } from './limits.ts';

const utf8 = new TextEncoder();

export function encodeFrame(frame: ConsoleFrame): string {
  return JSON.stringify(frame);
}

/** One message of a connection. Throws CONSOLE_PROTOCOL, without what was in it: it may hold what was typed. */
export function decodeFrame(message: string): ConsoleFrame {
  const { frameBytes } = consoleLimits;
  if (message.length > frameBytes || utf8.encode(message).length > frameBytes) {
    throw new OdoopbxError('CONSOLE_PROTOCOL', `a frame may have ${frameBytes} bytes`);
  }
  const parsed = consoleFrameSchema.safeParse(parseJson(message));
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'frame'}: ${code}`);
  throw new OdoopbxError('CONSOLE_PROTOCOL', `not a frame (${places.slice(0, 5).join(', ').slice(0, 200)})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OdoopbxError('CONSOLE_PROTOCOL', 'a frame is JSON');
  }
}
