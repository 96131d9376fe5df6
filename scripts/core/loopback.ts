/** Whether a URL's host is this machine and no other: names and addresses as `URL` writes them (RFC 6761 §6.3, RFC 1122). */
export function isLoopback(hostname: string): boolean {
  return /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i.test(hostname);
}
