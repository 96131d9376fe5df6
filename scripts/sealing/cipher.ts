import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const [saltBytes, keyBytes, nonceBytes, tagBytes] = [32, 32, 12, 16];

/**
 * Encrypts and authenticates bytes: AES-256-GCM (NIST SP 800-38D) with a key and a nonce of this value alone, derived by
 * HKDF-SHA-256 (RFC 5869) from `key` and 32 random bytes. What `bound` says must be the same when it is opened.
 * Returns base64url of salt, ciphertext and tag.
 */
export function sealBytes(key: Buffer, bound: readonly string[], bytes: Buffer): string {
  const salt = randomBytes(saltBytes);
  const { own, nonce } = keyOfValue(key, salt);
  const cipher = createCipheriv('aes-256-gcm', own, nonce, { authTagLength: tagBytes });
  cipher.setAAD(aadOf(bound));
  return Buffer.concat([salt, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Opens what {@link sealBytes} has sealed; undefined when the key, what it is bound to, or any bit is another. */
export function openBytes(key: Buffer, bound: readonly string[], payload: string): Buffer | undefined {
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.length < saltBytes + tagBytes || bytes.toString('base64url') !== payload) return undefined;
  const { own, nonce } = keyOfValue(key, bytes.subarray(0, saltBytes));
  const decipher = createDecipheriv('aes-256-gcm', own, nonce, { authTagLength: tagBytes });
  decipher.setAAD(aadOf(bound));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(saltBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined; // the tag does not fit
  }
}

function keyOfValue(key: Buffer, salt: Buffer): { own: Buffer; nonce: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', key, salt, 'evergrant seal 1', keyBytes + nonceBytes));
  return { own: derived.subarray(0, keyBytes), nonce: derived.subarray(keyBytes) };
}

/** A list in JSON: no two lists have the same text. */
function aadOf(bound: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(bound));
}
