import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from '#scripts/lab/extensions.ts';
import { placeCall, type CallOptions, type PhoneOptions } from '#scripts/lab/sipp.ts';
import type { AmiRecording } from './ami-recording.ts';

/** What the records of a recorded call have to say. */
export interface Expected {
  readonly direction: 'in' | 'out' | 'internal';
  readonly status: 'answered' | 'noanswer' | 'busy' | 'failed';
  readonly calling?: 'phone1' | 'phone2';
  readonly called: readonly ('phone1' | 'phone2')[];
  readonly answeredBy?: 'phone1' | 'phone2';
  readonly transferred?: boolean;
}

/** A kind of call, placed on real phones. */
export interface Scenario {
  readonly name: string;
  readonly times: number;
  readonly phones: readonly PhoneOptions[];
  /** The endpoints that are users' telephones; the other phone plays the outside world. */
  readonly users: readonly ('phone1' | 'phone2')[];
  readonly expected: Expected;
  readonly place: (recording: AmiRecording, from: { number: string; name: string }) => Promise<void>;
}

type Place = Scenario['place'];

const both = ['phone1', 'phone2'] as const;
const answering = { endpoint: 'phone1' } as const;
const answering2 = { endpoint: 'phone2', ringMs: 300 } as const;

/** A call that the caller places and ends. */
const dial =
  (extension: string, options: Partial<CallOptions> = {}): Place =>
  async (_recording, from) => {
    await placeCall({ extension, durationMs: 400, from, ...options });
  };

const fromPhone1 = { from: { number: 'phone1', name: 'Phone One' } } as const;

/** Phone1 takes a call and something is done with it while it lasts. */
const answered =
  (deed: (recording: AmiRecording) => Promise<void>): Place =>
  async (recording, from) => {
    const call = placeCall({ extension: extensions.transferable, durationMs: 8000, from });
    try {
      await recording.seen('DialEnd', { DialStatus: 'ANSWER' });
      await sleep(200);
      await deed(recording);
    } finally {
      await hangUpAll(recording);
    }
    await call;
  };

async function hangUpAll(recording: AmiRecording): Promise<void> {
  await recording.send({ Action: 'Hangup', Channel: '/^PJSIP/' }).catch(() => {});
}

const blindTo = (extension: string): Place =>
  answered(async (recording) => {
    const channel = await recording.channelOf('phone1');
    await recording.send({ Action: 'BlindTransfer', Channel: channel, Context: 'lab', Exten: extension });
    await sleep(1200);
  });

const attendedTo = (extension: string): Place =>
  answered(async (recording) => {
    const channel = await recording.channelOf('phone1');
    await recording.send({ Action: 'Atxfer', Channel: channel, Context: 'lab', Exten: extension });
    await recording.channelOf('phone2');
    await sleep(900);
    await recording.send({ Action: 'Hangup', Channel: channel });
    await recording.seen('AttendedTransfer');
    await sleep(400);
  });

/** As the addon does it: the user's telephone rings first. */
const click =
  (channel: string, extension: string, lastsMs = 600): Place =>
  async (recording) => {
    await recording.send({
      Action: 'Originate',
      Channel: channel,
      Context: 'lab',
      Exten: extension,
      Priority: '1',
      Timeout: '1500',
      Async: 'true',
      EarlyMedia: 'true',
      CallerID: `To: ${extension} <${extension}>`,
      ChannelId: randomUUID().replaceAll('-', ''),
      OtherChannelId: randomUUID().replaceAll('-', ''),
    });
    const { Response } = await recording.seen('OriginateResponse');
    if (Response !== 'Success') return;
    await sleep(lastsMs);
    await hangUpAll(recording);
  };

const toPhone1 = { direction: 'in', called: ['phone1'] } as const;
const notTaken = { direction: 'in', status: 'noanswer', called: ['phone1'] } as const;
const taken = { ...toPhone1, status: 'answered', answeredBy: 'phone1' } as const;
const clicked = { direction: 'out', calling: 'phone1', called: [] } as const;

export const scenarios: readonly Scenario[] = [
  { name: 'direct', times: 25, phones: [answering], users: both, expected: taken, place: dial(extensions.phone1) },
  { name: 'callee-hangs-up', times: 10, phones: [{ endpoint: 'phone1', talkMs: 400 }], users: both, expected: taken,
    place: dial(extensions.phone1, { durationMs: 5000 }) },
  { name: 'through-local', times: 10, phones: [answering], users: both, expected: taken, place: dial(extensions.local) },
  { name: 'ring-both', times: 12, phones: [answering, { endpoint: 'phone2', behaviour: 'ring' }], users: both,
    expected: { ...taken, called: both }, place: dial(extensions.bothPhones) },
  { name: 'second-phone', times: 8, phones: [{ endpoint: 'phone1', behaviour: 'ring' }, answering2], users: both,
    expected: { ...taken, called: both, answeredBy: 'phone2' }, place: dial(extensions.brieflyThenPhone2) },
  { name: 'internal', times: 8, phones: [answering2], users: both,
    expected: { direction: 'internal', status: 'answered', calling: 'phone1', called: ['phone2'], answeredBy: 'phone2' },
    place: dial(extensions.phone2, fromPhone1) },
  { name: 'outgoing', times: 8, phones: [answering2], users: ['phone1'],
    expected: { direction: 'out', status: 'answered', calling: 'phone1', called: [] },
    place: dial(extensions.outside, fromPhone1) },
  { name: 'outgoing-busy', times: 5, phones: [{ endpoint: 'phone2', behaviour: 'busy' }], users: ['phone1'],
    expected: { direction: 'out', status: 'busy', calling: 'phone1', called: [] },
    place: dial(extensions.outside, fromPhone1) },
  { name: 'busy', times: 12, phones: [{ endpoint: 'phone1', behaviour: 'busy' }], users: both,
    expected: { ...toPhone1, status: 'busy' }, place: dial(extensions.phone1) },
  { name: 'declined', times: 6, phones: [{ endpoint: 'phone1', behaviour: 'decline' }], users: both,
    expected: { ...toPhone1, status: 'busy' }, place: dial(extensions.phone1) },
  { name: 'unanswered', times: 12, phones: [{ endpoint: 'phone1', behaviour: 'ring' }], users: both, expected: notTaken,
    place: dial(extensions.briefly) },
  { name: 'cancelled', times: 12, phones: [{ endpoint: 'phone1', behaviour: 'ring' }], users: both, expected: notTaken,
    place: dial(extensions.phone1, { patienceMs: 500 }) },
  { name: 'unreachable', times: 4, phones: [], users: both,
    expected: { direction: 'in', status: 'failed', called: [] }, place: dial(extensions.nobody) },
  { name: 'ivr', times: 6, phones: [], users: both,
    expected: { direction: 'in', status: 'answered', called: [] }, place: dial(extensions.echo) },
  { name: 'dialplan-busy', times: 4, phones: [], users: both,
    expected: { direction: 'in', status: 'busy', called: [] }, place: dial(extensions.busy) },
  { name: 'congestion', times: 4, phones: [], users: both,
    expected: { direction: 'in', status: 'failed', called: [] }, place: dial(extensions.congestion) },
  { name: 'blind-transfer', times: 16, phones: [answering, answering2], users: both,
    expected: { ...taken, called: both, transferred: true }, place: blindTo(extensions.phone2) },
  { name: 'blind-transfer-busy', times: 6, phones: [answering, { endpoint: 'phone2', behaviour: 'busy' }], users: both,
    expected: { ...taken, called: both, transferred: true }, place: blindTo(extensions.phone2) },
  { name: 'attended-transfer', times: 16, phones: [answering, answering2], users: both,
    expected: { ...taken, called: both, transferred: true }, place: attendedTo(extensions.phone2) },
  { name: 'queue', times: 12, phones: [answering, { endpoint: 'phone2', behaviour: 'ring' }], users: both,
    expected: { ...taken, called: both }, place: dial(extensions.queue, { durationMs: 1200 }) },
  { name: 'queue-abandoned', times: 8,
    phones: [{ endpoint: 'phone1', behaviour: 'ring' }, { endpoint: 'phone2', behaviour: 'ring' }], users: both,
    expected: { ...notTaken, called: both }, place: dial(extensions.queue, { durationMs: 900 }) },
  { name: 'click-answered', times: 12, phones: [answering, answering2], users: ['phone1'],
    expected: { ...clicked, status: 'answered' }, place: click('PJSIP/phone1', extensions.outside, 900) },
  { name: 'click-internal', times: 4, phones: [answering, answering2], users: both,
    expected: { direction: 'internal', status: 'answered', calling: 'phone1', called: ['phone2'], answeredBy: 'phone2' },
    place: click('PJSIP/phone1', extensions.phone2, 900) },
  { name: 'click-own-phone-busy', times: 5, phones: [{ endpoint: 'phone1', behaviour: 'busy' }], users: ['phone1'],
    expected: { ...clicked, status: 'busy' }, place: click('PJSIP/phone1', extensions.outside) },
  { name: 'click-own-phone-unanswered', times: 4, phones: [{ endpoint: 'phone1', behaviour: 'ring' }],
    users: ['phone1'], expected: { ...clicked, status: 'noanswer' }, place: click('PJSIP/phone1', extensions.outside) },
  { name: 'click-other-side-busy', times: 6, phones: [answering, { endpoint: 'phone2', behaviour: 'busy' }],
    users: ['phone1'], expected: { ...clicked, status: 'busy' }, place: click('PJSIP/phone1', extensions.outside) },
  { name: 'click-other-side-unanswered', times: 5, phones: [answering, { endpoint: 'phone2', behaviour: 'ring' }],
    users: ['phone1'], expected: { ...clicked, status: 'noanswer' }, place: click('PJSIP/phone1', extensions.outside) },
]; // prettier-ignore
