import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiLinkState, AmiLinkStatus } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { LinkState } from './link.ts';

interface LinkView {
  readonly state: LinkState;
  readonly error: string | undefined;
}

export interface LinkStatusOptions {
  events: LinkView;
  actions: LinkView;
  clock: Clock;
  asteriskVersion: () => string | null;
  logger: Logger;
}

/** Makes one state of the two sessions' and tells of its changes. */
export class LinkStatusBoard {
  readonly #options: LinkStatusOptions;
  readonly #listeners = new Set<(status: AmiLinkStatus) => void>();
  #current: AmiLinkStatus;

  constructor(options: LinkStatusOptions) {
    this.#options = options;
    this.#current = { state: 'stopped', since: options.clock.now(), asteriskVersion: null };
  }

  current(): AmiLinkStatus {
    return { ...this.#current };
  }

  subscribe(listener: (status: AmiLinkStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  update(): void {
    const { events, actions, clock, logger } = this.#options;
    const state = combined(events.state, actions.state);
    const error = errorOf(events, actions).slice(0, 500);
    const asteriskVersion = this.#options.asteriskVersion();
    const { state: before, since, asteriskVersion: versionBefore, error: errorBefore } = this.#current;
    if (state === before && asteriskVersion === versionBefore && error === (errorBefore ?? '')) return;
    const next: AmiLinkStatus = { state, since: state === before ? since : clock.now(), asteriskVersion };
    if (error !== '') next.error = error;
    this.#current = next;
    for (const listener of this.#listeners) {
      try {
        listener({ ...next });
      } catch (failure) {
        logger.error('An AMI status listener failed', { error: messageOf(failure) });
      }
    }
  }
}

function combined(events: LinkState, actions: LinkState): AmiLinkState {
  if (events === 'refused' || actions === 'refused') return 'refused';
  if (events === 'stopped' && actions === 'stopped') return 'stopped';
  return events === 'up' && actions === 'up' ? 'connected' : 'connecting';
}

/** Why it is not connected; said once where both sessions say the same. */
function errorOf(events: LinkView, actions: LinkView): string {
  const [inEvents, inActions] = [events, actions].map(({ state, error }) =>
    state === 'up' || state === 'stopped' ? undefined : error,
  );
  if (inEvents === inActions) return inEvents ?? '';
  const named = [inEvents && `events session: ${inEvents}`, inActions && `actions session: ${inActions}`];
  return named.filter(Boolean).join('; ');
}
