/**
 * The AMI client: two sessions, because AMI runs the actions of a session one after another and holds its events
 * meanwhile. One session listens, the other acts (`Events: off`).
 *
 * Invariants:
 * - linkUp is told when both sessions are logged in, once per connection of the events session; linkDown once
 *   after each linkUp, at the loss of the events session. A loss of the actions session alone loses no event and
 *   changes the status alone. Events may come before linkUp: it is the moment from which actions can ask what
 *   the events did not tell;
 * - an action is sent at most once.
 */
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiActions, AmiReply } from '#core/ports/ami.ts';
import { Backoff } from './backoff.ts';
import { readAsteriskInfo } from './asterisk-info.ts';
import type { AsteriskInfo } from './asterisk-info.ts';
import { defaultTimeouts } from './client-options.ts';
import type { AmiClient, AmiClientOptions, AmiCounts } from './client-options.ts';
import { EventsSubscription } from './events-subscription.ts';
import { headerOf } from './headers.ts';
import { Link } from './link.ts';
import { LinkStatusBoard } from './link-status.ts';
import { Originates, isSynchronousOriginate } from './originate.ts';
import { notConnected } from './pending-actions.ts';
import { Session } from './session.ts';
import { connectBy } from './transport.ts';

export type { AmiClient, AmiClientOptions, AmiCounts } from './client-options.ts';

/** Makes the client; nothing happens before `start()`. */
export function createAmiClient(options: AmiClientOptions): AmiClient {
  const { host, port, listener, clock, random, logger } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const connect = connectBy({ host, port, ...(options.tls === undefined ? {} : { tls: options.tls }) });
  const limits = options.limits ?? {};
  const shared = { connect, timeouts, limits, clock, random, logger };
  let info: AsteriskInfo = { asteriskVersion: null, systemName: null };
  /** The actions session that told `info`: until it has, linkUp would know neither version nor system name. */
  let informed: Session | undefined;
  /** The events session that linkUp was told of. */
  let announced: Session | undefined;

  const subscription = new EventsSubscription({
    wanted: () => listener.wanted(),
    serverSide: options.filters ?? false,
    timeoutMs: timeouts.loginMs,
    logger,
  });

  const eventsLink = new Link({
    name: 'events',
    backoff: new Backoff(random, options.backoff),
    clock,
    logger,
    newSession: () => {
      const { mask, wanted } = subscription.begin();
      const credentials = options.events;
      return new Session({ ...shared, name: 'events', credentials, eventMask: mask, wanted, onEvent });
    },
    onUp: async (session) => {
      await subscription.attach(session);
      announce();
    },
    onDown: (session, reason) => {
      subscription.detach(session);
      originates.eventsLost(reason);
      if (announced === undefined) return;
      announced = undefined;
      listener.linkDown({ at: clock.now(), error: reason.message });
    },
    onChange: () => status.update(),
  });

  const actionsLink = new Link({
    name: 'actions',
    backoff: new Backoff(random, options.backoff),
    clock,
    logger,
    newSession: () => {
      const credentials = options.actions;
      // List events of its own actions: all of them are wanted.
      const only = { eventMask: 'off', wanted: 'all' as const, onEvent() {} };
      return new Session({ ...shared, ...only, name: 'actions', credentials });
    },
    onUp: async (session) => {
      info = await readAsteriskInfo(session, timeouts.loginMs);
      informed = session;
      status.update();
      announce();
    },
    onDown: () => {},
    onChange: () => status.update(),
  });

  const status = new LinkStatusBoard({
    events: eventsLink,
    actions: actionsLink,
    clock,
    asteriskVersion: () => info.asteriskVersion,
    logger,
  });

  const originates = new Originates({
    send: (action, sendOptions) => actionsSession().send(action, sendOptions),
    clock,
    random,
    slackMs: timeouts.originateSlackMs,
  });

  function onEvent(event: AmiReply, receivedAt: number): void {
    const name = headerOf(event, 'Event');
    if (name === 'OriginateResponse') originates.event(event);
    if (!subscription.isWanted(name)) return;
    subscription.delivered += 1;
    listener.event(event, receivedAt);
  }

  function announce(): void {
    const session = eventsLink.session;
    if (session === undefined || announced === session || !subscription.attached(session)) return;
    if (actionsLink.session === undefined || actionsLink.session !== informed) return;
    announced = session;
    listener.linkUp(info);
  }

  function actionsSession(): Session {
    const session = actionsLink.session;
    if (session === undefined) throw notConnected();
    return session;
  }

  const actions: AmiActions = {
    async send(action, sendOptions) {
      if (!isSynchronousOriginate(action)) return actionsSession().send(action, sendOptions);
      actionsSession();
      // Without the events session nobody would learn what came of it.
      if (eventsLink.session === undefined) throw notConnected();
      return originates.send(action, sendOptions);
    },
  };

  return {
    actions,
    start() {
      eventsLink.start();
      actionsLink.start();
    },
    async stop() {
      await Promise.all([eventsLink.stop(), actionsLink.stop()]);
    },
    status: () => status.current(),
    onStatus: (heard) => status.subscribe(heard),
    refreshFilters: async () => {
      try {
        await subscription.refresh();
      } catch (error) {
        logger.warn('AMI event filters were not widened', { error: messageOf(error) });
        eventsLink.session?.abort(error as OdoopbxError);
      }
    },
    counts: (): AmiCounts => subscription.counts(),
  };
}
