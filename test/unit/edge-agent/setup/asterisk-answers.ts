/** What Asterisk 22.10.1 prints. */
export function managerSettings({
  bound,
  timestamps = false,
}: {
  bound?: string;
  timestamps?: boolean;
}): string {
  return `
Global Settings:
----------------
  Manager (AMI):             ${bound === undefined ? 'No ' : 'Yes'}            
  Web Manager (AMI/HTTP):    No             
  TCP Bindaddress:           ${bound ?? 'Disabled'}
  HTTP Timeout (seconds):    60             
  TLS Enable:                No             
  TLS Bindaddress:           Disabled       
  Timestamp events:          ${timestamps ? 'Yes' : 'No '}            
`;
}

export function managerUsers(names: readonly string[]): string {
  if (names.length === 0) return 'There are no manager users.\n';
  return `\nusername\n--------\n${names.join('\n')}\n-------------------\n${names.length} manager users configured.\n`;
}
