/*
 * What the addon's client action gets: `asteriskPlusConsole`, the global of the bundle `asterisk_plus.assets_console`
 * (lib/bundle/bundle-console.ts makes it). The action is Odoo's: it asks for a session, shows states and buttons.
 */
import { type ConsoleEnd, type ConsoleEndpoint, createConsoleEndpoint, type EndpointState } from '#core/console/endpoint.ts'; // prettier-ignore
import { browserClock } from './browser-clock.ts';
import { browserTransport } from './browser-transport.ts';
import { createIntake } from './intake.ts';
import { createTerminalView, type TerminalView } from './terminal-view.ts';

/** More waiting keys are refused: a paste is typed as a whole or not at all. */
const inputLimit = 64 * 1024;

export interface OdooConsoleOptions {
  readonly element: HTMLElement;
  readonly dark: boolean;
  readonly fontSize: number;
  readonly changed: (state: EndpointState) => void;
  readonly over: (end: ConsoleEnd) => void;
  readonly notice: (text: string) => void;
  readonly refusedInput: () => void;
  readonly searchWanted: () => void;
  readonly found: (index: number, count: number) => void;
}

export interface OdooConsole {
  readonly terminal: Omit<TerminalView, 'write' | 'dispose'>;
  /** Begins a session; one that runs is closed first. */
  start(url: string): void;
  /** The reason is told to the PBX. */
  close(reason: string): void;
  dispose(): void;
}

/** Why a page can not use an address at all; undefined: it can. */
export function refusedAddress(url: string): string | undefined {
  return location.protocol === 'https:' && url.startsWith('ws:')
    ? 'The door offers its console without TLS (ws://); a page over https may use wss:// only.'
    : undefined;
}

export function createConsole(options: OdooConsoleOptions): OdooConsole {
  let endpoint: ConsoleEndpoint | undefined;
  const view = createTerminalView({
    ...options,
    typed(bytes) {
      if (endpoint === undefined) return;
      if (endpoint.queued + bytes.length > inputLimit) options.refusedInput();
      else endpoint.write(bytes);
    },
    resized: ({ cols, rows }) => endpoint?.resize(cols, rows),
  });

  function start(url: string): void {
    close('Another session was begun.');
    const intake = createIntake({
      write: (bytes, taken) => view.write(bytes, taken),
      hold: (on) => session.hold(on),
    });
    const session = createConsoleEndpoint({
      role: 'browser',
      url,
      transport: browserTransport(),
      clock: browserClock,
      random: { fraction: Math.random },
      size: view.size,
      listener: {
        data: intake,
        notice: options.notice,
        state: options.changed,
        over(end) {
          endpoint = undefined;
          options.over(end);
        },
      },
    });
    endpoint = session;
    session.start();
  }

  const close = (reason: string): void => endpoint?.end('closed', reason);
  const leave = (): void => close('The window was closed.');
  addEventListener('pagehide', leave);
  return {
    terminal: view,
    start,
    close,
    dispose() {
      leave();
      removeEventListener('pagehide', leave);
      view.dispose();
    },
  };
}
