/** `2026-11-22 16:04:47` in the PBX's zone: cdr_manager writes local times without an offset. */
export function localTime(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(at);
}
