import type { AmiRequest } from '../ami-request.ts';
import type { EventClass } from '../event-classes.ts';
import type { EventFilter } from '../event-filter.ts';
import type { Headers } from '../headers.ts';
import type { SimulatedPbx } from '../pbx.ts';

/** Answers carry the ActionID of the request. */
export interface ActionReply {
  success(headers: Headers): void;
  error(message: string): void;
  with(response: string, headers: Headers): void;
  /** An event of a list: it goes to this session alone. */
  event(name: string, headers: Headers): void;
}

/** The session as an action sees it. */
export interface Session {
  readonly filters: EventFilter[];
  send(headers: Headers): void;
  newChallenge(): string;
  login(username: string, secret: string, key: string): Promise<boolean>;
  setMask(mask: ReadonlySet<EventClass>): void;
  hears(privilege: EventClass): boolean;
  end(): void;
}

export interface ActionContext {
  pbx: SimulatedPbx;
  session: Session;
  request: AmiRequest;
  reply: ActionReply;
}

export interface Action {
  name: string;
  synopsis: string;
  /** Write classes; one of them suffices. Empty: for everyone. */
  classes: readonly EventClass[];
  beforeLogin?: true;
  run(context: ActionContext): void | Promise<void>;
}

/** A list of events between `EventList: start` and `EventList: Complete`. */
export function replyList(
  { reply }: ActionContext,
  message: string,
  name: string,
  items: readonly Headers[],
  completeHeaders: Headers = [],
): void {
  reply.success([
    ['EventList', 'start'],
    ['Message', message],
  ]);
  for (const item of items) reply.event(name, item);
  reply.event(`${name}${name === 'CoreShowChannel' ? 's' : ''}Complete`, [
    ['EventList', 'Complete'],
    ['ListItems', String(items.length)],
    ...completeHeaders,
  ]);
}
