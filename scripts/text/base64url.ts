/** Base64 for URLs, unpadded (RFC 4648 §5). A string is encoded as UTF-8. */
export function base64url(bytes: string | Uint8Array): string {
  const base64 = Buffer.from(bytes as string).toString('base64'); // it takes both
  return base64
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
}
