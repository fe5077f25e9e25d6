import * as z from 'zod';
import { base64Length } from './base64.ts';
import { consoleLimits } from './limits.ts';

/**
 * The console protocol, version 1: JSON frames between a terminal (`browser`), a pseudo-terminal (`agent`) and
 * the relay that pairs them. docs/console.md tells the story of a session.
 */

const frame = <T extends string, Shape extends z.core.$ZodLooseShape>(t: T, shape: Shape) =>
  z.strictObject({ v: z.literal(1), t: z.literal(t), ...shape });

/** 256 bits in base64url, good for one connection. */
export const ticketSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const consoleSessionIdSchema = z.uuid();

export const columnsSchema = z.int().min(2).max(500);
export const rowsSchema = z.int().min(2).max(300);
const numberSchema = z.int().positive();
/** The highest number that was received with all before it; 0: none yet. */
const receivedSchema = z.int().nonnegative();
const dataSchema = z.base64().min(1).max(base64Length(consoleLimits.dataBytes));
const text = (max: number) => z.string().min(1).max(max);

/**
 * closed: the user; exited: the CLI; idle: nothing typed for long; limit: too many sessions, or one too long;
 * refused: the PBX may not or can not open it; expired: nobody came in time; peer-lost: a side stayed away;
 * protocol: a side sent what it must not; shutdown: agent or relay stopped.
 */
export const endCodeSchema = z.enum([
  'closed',
  'exited',
  'idle',
  'limit',
  'refused',
  'expired',
  'peer-lost',
  'protocol',
  'shutdown',
]);
export type ConsoleEndCode = z.infer<typeof endCodeSchema>;

/** The first of a side on every connection. cols and rows: the browser's. */
export const helloFrameSchema = frame('hello', {
  received: receivedSchema,
  cols: columnsSchema.optional(),
  rows: rowsSchema.optional(),
});
/** The relay's answer; `resume` is the ticket of the side's next connection. */
export const readyFrameSchema = frame('ready', {
  session: consoleSessionIdSchema,
  resume: ticketSchema,
  peer: z.boolean(),
});
/** Whether the other side is connected, and from where on it needs frames again. */
export const peerFrameSchema = frame('peer', { here: z.boolean(), received: receivedSchema.optional() });
/** Terminal output, agent → browser; numbered from 1, over all connections of the session. */
export const outFrameSchema = frame('out', { n: numberSchema, d: dataSchema });
/** Keys, browser → agent; numbered alike. */
export const inFrameSchema = frame('in', { n: numberSchema, d: dataSchema });
/** All up to `n` was received. */
export const ackFrameSchema = frame('ack', { n: numberSchema });
export const sizeFrameSchema = frame('size', { cols: columnsSchema, rows: rowsSchema });
/** A line for the person, shown apart from the terminal. */
export const noticeFrameSchema = frame('notice', { text: text(consoleLimits.noticeLength) });
export const pingFrameSchema = frame('ping', {});
export const pongFrameSchema = frame('pong', {});
export const endFrameSchema = frame('end', {
  code: endCodeSchema,
  reason: z.string().max(consoleLimits.reasonLength),
});

export const consoleFrameSchema = z.discriminatedUnion('t', [
  helloFrameSchema,
  readyFrameSchema,
  peerFrameSchema,
  outFrameSchema,
  inFrameSchema,
  ackFrameSchema,
  sizeFrameSchema,
  noticeFrameSchema,
  pingFrameSchema,
  pongFrameSchema,
  endFrameSchema,
]);
export type ConsoleFrame = z.infer<typeof consoleFrameSchema>;
export type FrameType = ConsoleFrame['t'];
export type FrameOf<T extends FrameType> = Extract<ConsoleFrame, { t: T }>;

export const consoleRoles = ['agent', 'browser'] as const;
export type ConsoleRole = (typeof consoleRoles)[number];

export function peerOf(role: ConsoleRole): ConsoleRole {
  return role === 'agent' ? 'browser' : 'agent';
}

const shared = ['hello', 'ack', 'ping', 'pong', 'end'] as const satisfies FrameType[];

/** What a side may send; anything else is against the protocol. */
export const framesFrom: Readonly<Record<ConsoleRole, ReadonlySet<FrameType>>> = {
  agent: new Set([...shared, 'out', 'notice']),
  browser: new Set([...shared, 'in', 'size']),
};

/** What the relay hands on to the other side; the rest is between a side and the relay. */
export const forwardedFrames: ReadonlySet<FrameType> = new Set(['out', 'in', 'ack', 'size', 'notice', 'end']);
