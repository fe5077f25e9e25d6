import type { Extension } from './extensions.ts';

export interface AmiUser {
  username: string;
  secret: string;
  /** As in manager.conf: `all`, or classes separated by commas. */
  read: string;
  write: string;
}

export interface SimulatorSettings {
  /** On 127.0.0.1; 0: any free port. */
  port: number;
  users: readonly AmiUser[];
  /** Calls that begin by themselves in a minute, on average. */
  callsPerMinute: number;
  /** How many times faster than life the calls go; time stamps keep to the clock. */
  speed: number;
  seed: number;
  /** IANA zone of the PBX's local times (Cdr). */
  timeZone: string;
  /** asterisk.conf `systemname`; null: not sent, as on a PBX where it is not set. */
  systemName: string | null;
  extensions: readonly Extension[];
  /** Dialplan steps before a Dial, each with its share of VarSet: 37 make a call of about 240 events. */
  dialplanSteps: number;
  /** Milliseconds that a failed login waits for its answer (Asterisk: 1,000). */
  loginPenaltyMs: number;
}

export const asteriskVersion = '22.10.1';
export const amiVersion = '11.0.0';
