import { maxBatchBytes } from '../../core/contracts/ami-batch.ts';
import type { EdgeRule } from '../../core/contracts/rule.ts';
import { compileRules } from '../../core/rules/rule-set.ts';
import { packBatches, type WaitingItem } from '../../edge-agent/spool/batch.ts';
import { encodeEvent } from '../../edge-agent/spool/record.ts';
import type { RecordedCall } from './recorded-calls.ts';

export interface ReplayOptions {
  calls: readonly RecordedCall[];
  rules: readonly EdgeRule[];
  callsPerHour: number;
  hours: number;
  /** Mean talk time of an answered call, exponentially distributed. */
  talkSeconds: number;
  /** As the publisher's: how long a batch that is not full stays open. */
  batchMs: number;
  /** In [0, 1), seeded, so that the figures can be had again. */
  random: () => number;
}

export interface ReplayReport {
  callsPerHour: number;
  calls: number;
  /** Events of those calls that Asterisk sent. */
  amiEvents: number;
  /** Of these, what some rule wants (an event whose rules have different delays counts once each). */
  wanted: number;
  entries: number;
  bytes: number;
  eventsPerEntry: number;
  wantedPerCall: number;
  bytesPerEvent: number;
  /** EventBridge bills per 64 KB begun. */
  billedPerEntry: number;
}

const billedBytes = 65_536;

/** Replays the calls, begun at random times, through the rule filter and the spool's own batcher. */
export function replay(options: ReplayOptions): ReplayReport {
  const count = Math.max(1, Math.round(options.callsPerHour * options.hours));
  const { items, amiEvents } = itemsOf(options, count);
  let entries = 0;
  let bytes = 0;
  let billed = 0;
  let from = 0;
  let now = 0;
  let firstSeq = 1;
  while (from < items.length) {
    const waiting = items.slice(from, from + 500).filter(({ dueAt }) => dueAt <= now);
    const packed = packBatches(waiting, {
      pbx: 'acme_hq',
      epoch: '1795378227-0badc0de',
      firstSeq,
      rulesVersion: 'a'.repeat(64),
      maxBatches: 10,
      maxBytes: 10 * maxBatchBytes,
      now,
      batchMs: options.batchMs,
    });
    for (const batch of packed.batches) {
      entries += 1;
      bytes += batch.bytes;
      billed += Math.ceil(batch.bytes / billedBytes);
      const taken = batch.lastSeq - batch.firstSeq + 1;
      from += taken;
      firstSeq += taken;
    }
    if (packed.batches.length === 0) now = packed.closesAt ?? (items[from]?.dueAt ?? now) + options.batchMs;
  }
  const wanted = items.length;
  return {
    callsPerHour: options.callsPerHour,
    calls: count,
    amiEvents,
    wanted,
    entries,
    bytes,
    eventsPerEntry: wanted / entries,
    wantedPerCall: wanted / count,
    bytesPerEvent: bytes / wanted,
    billedPerEntry: billed / entries,
  };
}

/** What is spooled, in the order in which it falls due. */
function itemsOf(options: ReplayOptions, count: number): { items: WaitingItem[]; amiEvents: number } {
  const { calls, random, hours, talkSeconds } = options;
  const { ruleSet } = compileRules(options.rules);
  const items: Omit<WaitingItem, 'id'>[] = [];
  let amiEvents = 0;
  for (let each = 0; each < count; each += 1) {
    const call = calls[Math.floor(random() * calls.length)];
    if (call === undefined) continue;
    const begin = random() * hours * 3_600_000;
    const talk = -Math.log(1 - random()) * talkSeconds * 1000;
    for (const { at, event } of call.events) {
      amiEvents += 1;
      const receivedAt = begin + at + (at >= call.endsAt ? talk : 0);
      const delays = Map.groupBy(ruleSet.match(event).matches, ({ delay }) => delay);
      for (const [delay, matches] of delays) {
        const rules = matches.map(({ ruleId }) => ruleId);
        const dueAt = receivedAt + delay * 1000;
        items.push(...encodeEvent({ event, at: receivedAt / 1000, rules, dueAt }, receivedAt).records);
      }
    }
  }
  const inOrder = items.toSorted((a, b) => a.dueAt - b.dueAt);
  return { items: inOrder.map((item, place) => ({ ...item, id: place + 1 })), amiEvents };
}
