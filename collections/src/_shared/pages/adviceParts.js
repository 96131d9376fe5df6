import { sentence } from './sentence';

/**
 * An advice as sentences: the why, and what to do.
 * @param {string} advice the why, a colon, and what to do
 */
export function adviceParts(advice) {
  const [why = '', ...next] = advice.split(': ').map((part) => sentence(part));
  return { why, next };
}
