/** A password or an API key; a function where it is kept elsewhere and may have been rotated (`refresh`). */
export type SecretSource = string | ((options: { refresh: boolean }) => Promise<string>);

/** Odoo makes API keys of 20 random bytes; JSON-2 takes nothing else. */
export function looksLikeApiKey(secret: string): boolean {
  return /^[0-9a-f]{40}$/.test(secret);
}

export function readSecret(source: SecretSource, refresh: boolean): Promise<string> {
  return typeof source === 'string' ? Promise.resolve(source) : source({ refresh });
}

/** The text without the secret, whatever echoed it. */
export function withoutSecret(text: string, secret: string): string {
  return secret.length < 4 ? text : text.replaceAll(secret, '***');
}
