/** Stands for `@aws-sdk/credential-provider-node` in a Lambda's bundle (see bundle-lambdas.ts). */
import { fromEnv, type FromEnvInit } from '@aws-sdk/credential-provider-env';

export function defaultProvider(init?: FromEnvInit): ReturnType<typeof fromEnv> {
  return fromEnv(init);
}

export function credentialsTreatedAsExpired(): boolean {
  return false;
}

export function credentialsWillNeedRefresh(): boolean {
  return false;
}
