import type { PbxId } from '#core/contracts/names.ts';
import type { ParsedMessage } from './parse-message.ts';

type Batch = Extract<ParsedMessage, { kind: 'batch' }>;

/**
 * The messages of each PBX, PBXs in the order in which they appear. The AMI batches of a PBX are put in the order
 * of their epoch and first seq; they take the places that batches had, so results stay where they came.
 */
export function byPbx(messages: readonly ParsedMessage[]): Map<PbxId, ParsedMessage[]> {
  const groups = new Map<PbxId, ParsedMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.pbx);
    if (group === undefined) groups.set(message.pbx, [message]);
    else group.push(message);
  }
  for (const [pbx, group] of groups) groups.set(pbx, batchesInOrder(group));
  return groups;
}

function batchesInOrder(group: readonly ParsedMessage[]): ParsedMessage[] {
  const batches = group.filter((message): message is Batch => message.kind === 'batch');
  const rank = epochRanks(batches);
  const sorted = batches.toSorted(
    (a, b) =>
      (rank.get(a.batch.epoch) ?? 0) - (rank.get(b.batch.epoch) ?? 0) || a.batch.firstSeq - b.batch.firstSeq,
  );
  const next = sorted.values();
  return group.map((message) => (message.kind === 'batch' ? (next.next().value ?? message) : message));
}

/** Epochs by the start time that they begin with; where one has none, by first appearance. */
function epochRanks(batches: readonly Batch[]): Map<string, number> {
  const epochs = [...new Set(batches.map(({ batch }) => batch.epoch))];
  const starts = new Map(epochs.map((epoch) => [epoch, Number(/^(\d{10,16})-/.exec(epoch)?.[1])]));
  if (epochs.every((epoch) => !Number.isNaN(starts.get(epoch)))) {
    epochs.sort((a, b) => (starts.get(a) ?? 0) - (starts.get(b) ?? 0));
  }
  return new Map(epochs.map((epoch, index) => [epoch, index]));
}
