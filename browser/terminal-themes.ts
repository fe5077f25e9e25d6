import type { ITheme } from '@xterm/xterm';

const onDark: ITheme = {
  background: '#14161c',
  foreground: '#d8dbe2',
  cursor: '#f0f2f5',
  cursorAccent: '#14161c',
  selectionBackground: '#3b4a6b',
  black: '#2b2f3a',
  red: '#e5696f',
  green: '#7fc97f',
  yellow: '#e0b45c',
  blue: '#6aa7e8',
  magenta: '#c88be0',
  cyan: '#5cc4cc',
  white: '#c9cdd6',
  brightBlack: '#7b8294',
  brightRed: '#ff8a8f',
  brightGreen: '#9fe39f',
  brightYellow: '#ffd27a',
  brightBlue: '#8fc1ff',
  brightMagenta: '#e2a9f7',
  brightCyan: '#7fe3ea',
  brightWhite: '#ffffff',
};

/** Asterisk colours for a dark screen: here its yellow, white and cyan are dark enough to be read. */
const onLight: ITheme = {
  background: '#fdfdfb',
  foreground: '#24292f',
  cursor: '#24292f',
  cursorAccent: '#fdfdfb',
  selectionBackground: '#b6d1f2',
  black: '#24292f',
  red: '#b42318',
  green: '#1f7a33',
  yellow: '#8a6100',
  blue: '#1559b3',
  magenta: '#8432a8',
  cyan: '#0f7078',
  white: '#5a616b',
  brightBlack: '#6b727c',
  brightRed: '#c9302c',
  brightGreen: '#26883c',
  brightYellow: '#936a00',
  brightBlue: '#1d68cc',
  brightMagenta: '#9a45bf',
  brightCyan: '#147d86',
  brightWhite: '#24292f',
};

export function terminalTheme(dark: boolean): ITheme {
  return dark ? onDark : onLight;
}
