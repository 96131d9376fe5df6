/** A number from 0 to 1 that is always the same for a text, and spread evenly over texts (FNV-1a, mixed as Murmur3 does). */
export function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = Math.max(0, text.length - 32); at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
