/** What a line of the CDK's CLI (`--progress events`) tells. */
export type CdkLine =
  | { kind: 'event'; stack: string; done: string; status: string; resource: string }
  | { kind: 'failed'; text: string }
  /** Worth showing to a person. */
  | { kind: 'milestone'; text: string }
  | { kind: 'other' };

/** `odoopbx-platform |  3/45 | 10:11:12 AM | CREATE_IN_PROGRESS | AWS::SQS::Queue | Inbox (Inbox1234)` */
const eventLine = /^\s*(\S+) \|\s*(\d+(?:\/\d+)?) \| [^|]+\| (\w+)\s*\| (\S+)\s*\| (.*)$/;

export function readCdkLine(line: string): CdkLine {
  const [, stack, done, status, type, resource] = eventLine.exec(line) ?? [];
  if (stack !== undefined && done !== undefined && status !== undefined) {
    if (/FAILED$|ROLLBACK/.test(status)) return { kind: 'failed', text: line.trim() };
    return { kind: 'event', stack, done, status, resource: `${type ?? ''} ${resource ?? ''}`.trim() };
  }
  if (/❌|‣|^Error:|\bfailed:/.test(line)) return { kind: 'failed', text: line.trim() };
  if (/✅|✨ {2}Deployment/.test(line)) return { kind: 'milestone', text: line.trim() };
  return { kind: 'other' };
}
