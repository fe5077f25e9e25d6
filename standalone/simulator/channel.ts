import { causeText } from './causes.ts';
import type { Headers } from './headers.ts';
import type { SimulatedPbx } from './pbx.ts';

const stateNames = { 0: 'Down', 4: 'Ring', 5: 'Ringing', 6: 'Up', 7: 'Busy' } as const;
export type ChannelState = keyof typeof stateNames;

export interface ChannelIdentity {
  name: string;
  uniqueid: string;
  linkedid: string;
  state: ChannelState;
  callerNum: string;
  callerName: string;
  context: string;
  exten: string;
}

function orUnknown(text: string): string {
  return text === '' ? '<unknown>' : text;
}

/** A channel: its state as AMI shows it, and the events that each change of it sends. */
export class Channel {
  readonly name: string;
  readonly uniqueid: string;
  readonly linkedid: string;
  readonly createdAt: number;
  readonly variables = new Map<string, string>();
  state: ChannelState;
  callerNum: string;
  callerName: string;
  connectedNum = '';
  connectedName = '';
  context: string;
  exten: string;
  priority = 1;
  application = '';
  applicationData = '';
  bridgeId = '';
  /** The other half of a Local channel. */
  twin: Channel | undefined;
  answeredAt: number | undefined;
  readonly #pbx: SimulatedPbx;
  readonly #hangup = new AbortController();
  #cause = 16;

  constructor(pbx: SimulatedPbx, identity: ChannelIdentity, now: number) {
    this.#pbx = pbx;
    this.name = identity.name;
    this.uniqueid = identity.uniqueid;
    this.linkedid = identity.linkedid;
    this.state = identity.state;
    this.callerNum = identity.callerNum;
    this.callerName = identity.callerName;
    this.context = identity.context;
    this.exten = identity.exten;
    this.createdAt = now;
  }

  get stateName(): string {
    return stateNames[this.state];
  }

  /** Aborted when somebody (AMI, the other party) asked for the end of the channel. */
  get hangupSignal(): AbortSignal {
    return this.#hangup.signal;
  }

  get hungUp(): boolean {
    return this.#hangup.signal.aborted;
  }

  get hangupCause(): number {
    return this.#cause;
  }

  snapshot(prefix = ''): Headers {
    return [
      [`${prefix}Channel`, this.name],
      [`${prefix}ChannelState`, String(this.state)],
      [`${prefix}ChannelStateDesc`, this.stateName],
      [`${prefix}CallerIDNum`, orUnknown(this.callerNum)],
      [`${prefix}CallerIDName`, orUnknown(this.callerName)],
      [`${prefix}ConnectedLineNum`, orUnknown(this.connectedNum)],
      [`${prefix}ConnectedLineName`, orUnknown(this.connectedName)],
      [`${prefix}Language`, 'en'],
      [`${prefix}AccountCode`, ''],
      [`${prefix}Context`, this.context],
      [`${prefix}Exten`, this.exten],
      [`${prefix}Priority`, String(this.priority)],
      [`${prefix}Uniqueid`, this.uniqueid],
      [`${prefix}Linkedid`, this.linkedid],
    ];
  }

  setState(state: ChannelState): void {
    if (this.state === state) return;
    this.state = state;
    if (state === 6) this.answeredAt = this.#pbx.now();
    this.#pbx.emit('call', 'Newstate', this.snapshot());
  }

  setVariable(name: string, value: string): void {
    this.variables.set(name, value);
    this.#pbx.emit('dialplan', 'VarSet', [...this.snapshot(), ['Variable', name], ['Value', value]]);
  }

  setCallerId(number: string, name: string): void {
    this.callerNum = number;
    this.callerName = name;
    this.#pbx.emit('call', 'NewCallerid', [
      ...this.snapshot(),
      ['CID-CallingPres', '0 (Presentation Allowed, Not Screened)'],
    ]);
  }

  setConnectedLine(number: string, name: string): void {
    this.connectedNum = number;
    this.connectedName = name;
    this.#pbx.emit('call', 'NewConnectedLine', this.snapshot());
  }

  /** One dialplan step. */
  execute(application: string, data: string): void {
    this.application = application;
    this.applicationData = data;
    this.#pbx.emit('dialplan', 'Newexten', [
      ...this.snapshot(),
      ['Extension', this.exten],
      ['Application', application],
      ['AppData', data],
    ]);
  }

  /** Asks for the end; the call that owns the channel takes it down. */
  requestHangup(cause: number): void {
    if (this.hungUp) return;
    this.#cause = cause;
    this.#hangup.abort();
  }

  /** The end. */
  hangup(cause: number): void {
    if (!this.#pbx.channels.delete(this.name)) return;
    this.#cause = cause;
    this.#pbx.emit('call', 'Hangup', [
      ...this.snapshot(),
      ['Cause', String(cause)],
      ['Cause-txt', causeText(cause)],
    ]);
    this.#hangup.abort();
  }
}
