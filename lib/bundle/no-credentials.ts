/**
 * Stands for `@aws-sdk/credential-provider-node` in the agent's bundle (see bundle-agent.ts): the agent gives its own
 * credentials always, and what else lies on a PBX (`~/.aws`, the role of a virtual machine) is none of its business.
 */
export function defaultProvider(): () => Promise<never> {
  return () => Promise.reject(new Error('the agent has no AWS credentials but those of its certificate'));
}

export function credentialsTreatedAsExpired(): boolean {
  return false;
}

export function credentialsWillNeedRefresh(): boolean {
  return false;
}
