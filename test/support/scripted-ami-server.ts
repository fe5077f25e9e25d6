import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type ActionHeaders = Record<string, string>;

/** One accepted connection. */
export interface AmiPeer {
  readonly socket: Socket;
  /** Everything that came in, in order, headers as written (a repeated header: joined by `|`). */
  readonly actions: ActionHeaders[];
  /** Whether it logged in with events. */
  listens: boolean;
  username: string;
  /** LF in the text becomes CRLF. */
  say(text: string): void;
}

/** Return a reply (without ActionID and the last blank line), '' for none, undefined for the usual answer. */
export type Script = (action: ActionHeaders, peer: AmiPeer) => string | undefined;

export interface ScriptedAmiServer {
  readonly port: number;
  readonly peers: AmiPeer[];
  /** The newest connection that is logged in for events. */
  events(): AmiPeer;
  actions(): AmiPeer;
  script: Script;
  stop(): Promise<void>;
}

export interface ScriptedAmiOptions {
  banner?: string;
  script?: Script;
  secret?: string;
  listen?: (onSocket: (socket: Socket) => void) => Server;
}

/** Speaks AMI as a test tells it to; what the script leaves open is answered as Asterisk would. */
export async function scriptedAmiServer(options: ScriptedAmiOptions = {}): Promise<ScriptedAmiServer> {
  const { banner = 'Asterisk Call Manager/11.0.0\r\n', secret = 'secret', listen = createServer } = options;
  const peers: AmiPeer[] = [];
  const server = listen((socket) => {
    socket.on('error', () => {});
    const peer: AmiPeer = {
      socket,
      actions: [],
      listens: false,
      username: '',
      say: (text) => void socket.write(text.replaceAll('\n', '\r\n')),
    };
    peers.push(peer);
    socket.write(banner);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const parts = text.split('\r\n\r\n');
      text = parts.pop() ?? '';
      for (const part of parts) answer(parse(part), peer);
    });
  });

  function answer(action: ActionHeaders, peer: AmiPeer): void {
    peer.actions.push(action);
    const reply = self.script(action, peer) ?? usual(action, peer, secret);
    if (reply === '') return;
    const [first = '', ...rest] = reply.split('\n');
    peer.say([first, `ActionID: ${action['ActionID']}`, ...rest, '', ''].join('\n'));
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const newest = (listens: boolean): AmiPeer => {
    const found = peers.findLast((peer) => peer.username !== '' && peer.listens === listens);
    if (found === undefined)
      throw new Error(`no connection is logged in with events ${listens ? 'on' : 'off'}`);
    return found;
  };
  const self: ScriptedAmiServer = {
    port: (server.address() as AddressInfo).port,
    peers,
    script: options.script ?? (() => undefined),
    events: () => newest(true),
    actions: () => newest(false),
    stop: async () => {
      for (const { socket } of peers) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return self;
}

const challenge = '840415273';

function usual(action: ActionHeaders, peer: AmiPeer, secret: string): string {
  switch (action['Action'] ?? '') {
    case 'Challenge':
      return `Response: Success\nChallenge: ${challenge}`;
    case 'Login': {
      const key = createHash('md5').update(`${challenge}${secret}`).digest('hex');
      if (action['Key'] !== key && action['Secret'] !== secret) {
        setTimeout(() => peer.socket.end(), 5);
        return 'Response: Error\nMessage: Authentication failed';
      }
      peer.listens = action['Events'] !== 'off';
      peer.username = action['Username'] ?? '';
      return 'Response: Success\nMessage: Authentication accepted';
    }
    case 'CoreSettings':
      return 'Response: Success\nAMIversion: 11.0.0\nAsteriskVersion: 22.10.1\nSystemName: lab';
    case 'Logoff':
      setTimeout(() => peer.socket.end(), 5);
      return 'Response: Goodbye\nMessage: Thanks for all the fish.';
    case 'Ping':
      return 'Response: Success\nPing: Pong';
    default:
      return 'Response: Success\nMessage: Done';
  }
}

function parse(text: string): ActionHeaders {
  const headers: ActionHeaders = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(': ');
    const key = line.slice(0, colon);
    const value = line.slice(colon + 2);
    headers[key] = key in headers ? `${headers[key]}|${value}` : value;
  }
  return headers;
}
