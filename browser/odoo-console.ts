/*
 * What the addon's client action gets: `asteriskPlusConsole`, the global of the bundle `asterisk_plus.assets_console`
 * (lib/bundle/bundle-console.ts makes it). The action is Odoo's: it asks for a session, shows states and buttons.
 */
import { type ConsoleLink, type LinkState, openConsoleLink } from './console-link.ts';
import { createTerminalView, type TerminalView } from './terminal-view.ts';
import type { Timers } from './timers.ts';
import { connectWebSocket } from './web-socket.ts';

export interface OdooConsoleOptions {
  readonly element: HTMLElement;
  readonly dark: boolean;
  readonly fontSize: number;
  readonly changed: (state: LinkState) => void;
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

const timers: Timers = {
  now: () => performance.now(),
  after(ms, deed) {
    const timer = setTimeout(deed, ms);
    return () => clearTimeout(timer);
  },
};

/** Why a page can not use an address at all; undefined: it can. */
export function refusedAddress(url: string, pageProtocol: string = location.protocol): string | undefined {
  return pageProtocol === 'https:' && url.startsWith('ws:')
    ? 'The door offers its console without TLS (ws://); a page over https may use wss:// only.'
    : undefined;
}

export function createConsole(options: OdooConsoleOptions): OdooConsole {
  let link: ConsoleLink | undefined;
  const view = createTerminalView({
    ...options,
    typed(bytes) {
      if (link?.type(bytes) === false) options.refusedInput();
    },
    resized: () => link?.resized(),
  });
  const close = (reason: string): void => link?.close(reason);
  const leave = (): void => close('The window was closed.');
  const online = (): void => link?.retryNow();
  addEventListener('pagehide', leave);
  addEventListener('online', online);
  return {
    terminal: view,
    start(url) {
      close('Another session was begun.');
      link = openConsoleLink({
        url,
        connect: connectWebSocket,
        timers,
        random: Math.random,
        size: () => view.size,
        write: view.write,
        notice: options.notice,
        changed: options.changed,
      });
    },
    close,
    dispose() {
      leave();
      removeEventListener('pagehide', leave);
      removeEventListener('online', online);
      view.dispose();
    },
  };
}
