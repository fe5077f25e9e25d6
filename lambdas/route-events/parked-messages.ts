import { createHash } from 'node:crypto';
import { amiBatchDetailType, amiBatchSchema, type AmiBatch } from '#core/contracts/ami-batch.ts';
import { pbxOfSource } from '#core/contracts/names.ts';
import type { ParkedItem } from '#core/ports/inbox.ts';

/** A message for the tenant's DLQ: `odoopbx redrive` sends its body into the inbox again. */
export interface ParkedMessage {
  readonly groupId: string;
  /** The same for the same part of the same message, so that what is parked again meanwhile is parked once. */
  readonly deduplicationId: string;
  /** The bus event of the part that failed, as JSON. */
  readonly body: string;
  readonly code: string;
  /** Why, for a person. */
  readonly reason: string;
  /** The part itself was too large to be kept. */
  readonly isCut: boolean;
}

/** SQS takes 1 MiB with the attributes; these have room in the rest. */
export const maxBodyBytes = 1_048_576 - 8192;
const maxReason = 1000;

/** What SQS gets for a parked part; more than one where the part has grown over what a message may hold. */
export function parkedMessagesOf(messageId: string, item: ParkedItem): ParkedMessage[] {
  const { source, detailType, detail, code, message } = item;
  const body = sqsText(JSON.stringify({ source, 'detail-type': detailType, detail }));
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBodyBytes) {
    const batch = detailType === amiBatchDetailType ? amiBatchSchema.safeParse(detail).data : undefined;
    const parts = batch === undefined || batch.events.length < 2 ? [] : halves(batch);
    if (parts.length > 0)
      return parts.flatMap((part) => parkedMessagesOf(messageId, { ...item, detail: part }));
    const note = `not kept: its ${bytes} bytes are more than a message may have`;
    return parkedMessagesOf(messageId, { ...item, detail: note }).map((cut) => ({ ...cut, isCut: true }));
  }
  return [
    {
      groupId: pbxOfSource(source) ?? 'unknown',
      deduplicationId: createHash('sha256').update(`${messageId}\n${code}\n${body}`).digest('hex'),
      body,
      code,
      reason: attributeText(message),
      isCut: false,
    },
  ];
}

function halves(batch: AmiBatch): AmiBatch[] {
  const middle = Math.ceil(batch.events.length / 2);
  return [batch.events.slice(0, middle), batch.events.slice(middle)].map((events) => ({
    ...batch,
    firstSeq: events[0]?.seq ?? batch.firstSeq,
    lastSeq: events.at(-1)?.seq ?? batch.lastSeq,
    events,
  }));
}

/** JSON may hold two characters as they are that SQS takes in no message. */
function sqsText(json: string): string {
  return json.replaceAll(/[\uFFFE\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

/** An attribute is not empty and holds what XML may hold. */
function attributeText(text: string): string {
  const cut = text.slice(0, maxReason).toWellFormed();
  // oxlint-disable-next-line no-control-regex -- these are what must not be in it
  return cut.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '?') || '-';
}
