/** Xero's hosts, and no other of its domain. */
export const xerosHosts: readonly string[] = ['login.xero.com', 'identity.xero.com', 'api.xero.com'];

export function isXerosUrl(url: string): boolean {
  return URL.canParse(url) && xerosHosts.includes(new URL(url).host);
}
