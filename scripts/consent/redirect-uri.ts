/** Why Xero would refuse a redirect URI (its pkce-flow page: https, or http on localhost only), or undefined. */
export function redirectUriProblem(redirectUri: string): string | undefined {
  if (!URL.canParse(redirectUri)) return 'it is no URL';
  const { protocol, hostname, hash } = new URL(redirectUri);
  if (hash !== '' || redirectUri.includes('#')) return 'it has a fragment';
  if (redirectUri.includes('*')) return 'Xero knows no wildcards';
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return `Xero takes no ${protocol.slice(0, 20)} scheme`;
  return hostname === 'localhost' ? undefined : 'over http, Xero takes localhost only, by that name';
}
