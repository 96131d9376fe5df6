import { createHash } from 'node:crypto';

/** The first hex digits of SHA-256: enough to tell one secret from another, and of no other use. */
export function fingerprint(secret: string, digits = 12): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, digits);
}
