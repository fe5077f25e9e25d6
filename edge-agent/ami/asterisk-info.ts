import { headerOf } from './headers.ts';
import type { Session } from './session.ts';

export interface AsteriskInfo {
  asteriskVersion: string | null;
  systemName: string | null;
}

/**
 * What Asterisk calls itself. CoreSettings needs the write class `reporting` or `system`; without it the banner
 * tells at least the version of AMI. Never rejects.
 */
export async function readAsteriskInfo(session: Session, timeoutMs: number): Promise<AsteriskInfo> {
  const [settings] = await session.send({ Action: 'CoreSettings' }, { timeoutMs }).catch(() => []);
  const version = settings === undefined ? '' : headerOf(settings, 'AsteriskVersion');
  const systemName = settings === undefined ? '' : headerOf(settings, 'SystemName');
  const amiVersion = /\/\s*(\S+)/.exec(session.banner)?.[1];
  const known = version || (amiVersion === undefined ? '' : `unknown (AMI ${amiVersion})`);
  return { asteriskVersion: known.slice(0, 128) || null, systemName: systemName || null };
}
