import { hmacSha256 } from './hmacSha256';
import { refuse } from '../request/refuse';
import { setting } from '../request/setting';

/**
 * Bytes that nobody can guess, at most 32. Postman has a cryptographic source. Newman has none; there they are HMAC-SHA256
 * of their purpose and the time, with random bytes of the program that runs Newman as the key. Without those, the request
 * is refused.
 * @param {string} purpose keeps two uses in one request apart
 * @param {number} count
 */
export function randomBytes(purpose, count) {
  if (typeof crypto !== 'undefined') return Buffer.from(crypto.getRandomValues(new Uint8Array(count)));
  const given = setting('random_bytes');
  if (!/^([0-9a-f]{2}){64,}$/i.test(given)) {
    refuse(
      'Newman has no safe source of random numbers: send this in the Postman app, or run npx evergrant consent NAME',
    );
  }
  const use = [purpose, pm.info.iteration, Date.now(), pm.environment.name].join(' ');
  return hmacSha256(given, use).subarray(0, count);
}
