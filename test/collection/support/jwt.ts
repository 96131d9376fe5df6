import { canary } from './send';

/** An access token with these claims, as far as its reader cares. */
export function jwt(claims: Record<string, unknown>): string {
  const payload = Buffer.from(JSON.stringify({ name: 'ÿþ~?', ...claims })).toString('base64url');
  return `${canary}.${payload}.signature`;
}
