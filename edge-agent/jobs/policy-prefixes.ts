import { reachingTechnologies } from './policy-defaults.ts';
import { refuse } from './policy-refusal.ts';

type Prefixes = readonly string[] | undefined;

/**
 * Checks a channel or dial string. After an allowed prefix only a plain name may follow: `PJSIP/acme-` must
 * not open `PJSIP/acme-1@other-trunk` or `PJSIP/acme-1/sip:anyone@anywhere`. `Local/exten@context` reaches
 * the dialplan, so its context counts as one that the action names.
 */
export function checkChannel(value: string, channels: Prefixes, contexts: Prefixes): void {
  const channel = value.trim();
  const local = /^local\//i.test(channel);
  if (local) checkContext(contextOfLocal(channel), contexts);
  if (channels === undefined) {
    if (reachingTechnologies.test(channel)) throw refuse('a channel of this technology', 'channels');
    return;
  }
  const prefix = channels.find((one) => channel.startsWith(one));
  if (prefix === undefined) throw refuse('this channel', 'channels');
  const rest = channel.slice(prefix.length);
  const plain = local ? /^[\w.+*#-]*(@[\w.-]+)?(\/[a-z]*)?(;[12])?$/i : /^[\w.+*#-]*$/;
  if (!plain.test(rest)) throw refuse('anything but a plain name after the channel prefix', null);
}

/** `Local/exten@context/options`, or a live one: `Local/exten@context-00000001;1`. */
function contextOfLocal(channel: string): string {
  const [dialed = ''] = channel.slice('local/'.length).split('/');
  const parts = dialed.split('@');
  if (parts.length > 2) throw refuse('a Local channel with two "@"', null);
  return parts[1] ?? 'default';
}

export function checkContext(value: string, contexts: Prefixes): void {
  if (contexts !== undefined && !contexts.some((prefix) => value.trim().startsWith(prefix))) {
    throw refuse('this dialplan context', 'contexts');
  }
}
