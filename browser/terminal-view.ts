import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { type ITheme, Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { terminalTheme } from './terminal-themes.ts';

const scrollback = 10_000;
const fonts = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';
const wholeScreenOff = '\u001B[?1049l';
/** DECSTR: what a program left switched on when it was cut off. */
const softReset = '\u001B[!p\u001B[?1000l\u001B[?1002l\u001B[?1003l\u001B[?2004l\u001B[0m';

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export interface TerminalViewOptions {
  readonly element: HTMLElement;
  readonly dark: boolean;
  readonly fontSize: number;
  readonly typed: (bytes: Uint8Array) => void;
  readonly resized: (size: TerminalSize) => void;
  /** Ctrl+Shift+F. */
  readonly searchWanted: () => void;
  /** Index from 0 (-1: too many to count) and how many. */
  readonly found: (index: number, count: number) => void;
}

export interface TerminalView {
  readonly size: TerminalSize;
  write(bytes: Uint8Array, taken: () => void): void;
  /** A line of ours between two sessions: what a cut-off program left behind must not spoil the next. */
  startAnew(line: string): void;
  /** As many columns and rows as the element has room for. */
  fit(): void;
  focus(): void;
  setDark(dark: boolean): void;
  setFontSize(pixels: number): void;
  /** Copies what is selected; false: nothing is. */
  copy(): boolean;
  paste(text: string): void;
  search(text: string, direction: 'next' | 'previous', whileTyping: boolean): void;
  endSearch(): void;
  dispose(): void;
}

export function createTerminalView(options: TerminalViewOptions): TerminalView {
  const { element } = options;
  // The margin around whole columns and rows has the colour of the rest.
  const paint = (dark: boolean): ITheme => {
    const theme = terminalTheme(dark);
    element.style.backgroundColor = theme.background ?? '';
    return theme;
  };
  const terminal = new Terminal({
    scrollback,
    fontFamily: fonts,
    fontSize: options.fontSize,
    theme: paint(options.dark),
    minimumContrastRatio: 4.5,
    cursorBlink: true,
    // The width of characters by Unicode 11, and the marks of what was found.
    allowProposedApi: true,
  });
  const fitting = new FitAddon();
  const searching = new SearchAddon();
  terminal.loadAddon(fitting);
  terminal.loadAddon(searching);
  terminal.loadAddon(new Unicode11Addon());
  terminal.loadAddon(new WebLinksAddon());
  terminal.unicode.activeVersion = '11';
  terminal.open(element);

  const utf8 = new TextEncoder();
  terminal.onData((text) => options.typed(utf8.encode(text)));
  terminal.onBinary((text) => options.typed(Uint8Array.from(text, (char) => char.charCodeAt(0))));
  terminal.onResize(() => options.resized(size()));
  searching.onDidChangeResults(({ resultIndex, resultCount }) => options.found(resultIndex, resultCount));

  function copy(): boolean {
    const text = terminal.getSelection();
    if (text === '') return false;
    copyText(text, element);
    terminal.focus();
    return true;
  }

  terminal.attachCustomKeyEventHandler((event) => {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    switch (event.code) {
      case 'KeyC':
        event.preventDefault();
        if (event.type === 'keydown') copy();
        return false;
      case 'KeyV':
        // The browser pastes, xterm takes its event.
        return false;
      case 'KeyF':
        event.preventDefault();
        if (event.type === 'keydown') options.searchWanted();
        return false;
      default:
        return true;
    }
  });
  for (const name of ['keydown', 'keyup']) element.addEventListener(name, keepKeys);
  const watcher = new ResizeObserver(() => fit());
  watcher.observe(element);

  function size(): TerminalSize {
    return { cols: clamp(terminal.cols, 500), rows: clamp(terminal.rows, 300) };
  }

  function fit(): void {
    // Hidden, it has no size to be fitted to.
    if (element.clientWidth > 0 && element.clientHeight > 0) fitting.fit();
  }

  fit();
  return {
    get size() {
      return size();
    },
    write: (bytes, taken) => terminal.write(bytes, taken),
    startAnew(line) {
      const anew = terminal.buffer.active.type === 'alternate' ? wholeScreenOff : '';
      const gap = terminal.buffer.normal.length > 1 || terminal.buffer.normal.cursorX > 0 ? '\r\n' : '';
      terminal.write(`${anew}${softReset}${gap}\u001B[2m${line}\u001B[0m\r\n`);
    },
    fit,
    focus: () => terminal.focus(),
    setDark(dark) {
      terminal.options.theme = paint(dark);
    },
    setFontSize(pixels) {
      terminal.options.fontSize = pixels;
      fit();
    },
    copy,
    paste: (text) => terminal.paste(text),
    search(text, direction, whileTyping) {
      const decorations = {
        matchBackground: '#8a6d1f',
        matchOverviewRuler: '#e0b45c',
        activeMatchBackground: '#c2581b',
        activeMatchColorOverviewRuler: '#c2581b',
      };
      if (direction === 'previous') searching.findPrevious(text, { decorations });
      else searching.findNext(text, { decorations, incremental: whileTyping });
    },
    endSearch() {
      searching.clearDecorations();
      terminal.focus();
    },
    dispose() {
      watcher.disconnect();
      for (const name of ['keydown', 'keyup']) element.removeEventListener(name, keepKeys);
      terminal.dispose();
    },
  };
}

/** As a person would copy it from a page: over http a page has no clipboard of its own (navigator.clipboard). */
function copyText(text: string, parent: HTMLElement): void {
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  parent.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

/** Odoo's own keys (Ctrl+K, Alt, Escape …) belong to the PBX while one types here. */
function keepKeys(event: Event): void {
  event.stopPropagation();
}

/** The protocol's limits; a window that is larger shows a margin. */
function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 2), most);
}
