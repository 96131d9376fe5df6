import type { EnvVariables } from './env-names';

/** The hosts of Xero that tokens and secrets are for; no other host of its domain is one. */
const xerosHosts: readonly string[] = ['login.xero.com', 'identity.xero.com', 'api.xero.com'];

/** The variable that names further hosts, each as `host` or `host:port`, separated by blanks or commas. */
export const hostsVariable = 'EVERGRANT_HOSTS';

/**
 * Whether a URL leads to Xero, to this machine, or to a host that `EVERGRANT_HOSTS` names exactly. Values that are not
 * from the file, such as an app's secret from `.env`, are sent nowhere else.
 */
export function isKnownHost(url: string, env: EnvVariables): boolean {
  const host = plainHost(url);
  if (host === undefined) return false;
  if (isLoopback(new URL(url))) return true;
  if (new URL(url).protocol !== 'https:') return false;
  return [...xerosHosts, ...namedHosts(env)].includes(host);
}

/** Whether a URL leads to Xero itself. */
export function isXerosUrl(url: string): boolean {
  return url.startsWith('https:') && xerosHosts.includes(plainHost(url) ?? '');
}

export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * The host of a URL, with its port unless it is the default one. Undefined for a URL in which another parser might find
 * another host: with a user name, backslashes, letters of other scripts or unusual numbers.
 */
export function plainHost(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { host, port, protocol } = new URL(url);
  const written = /^https?:\/\/([a-z0-9.:[\]_-]+)(?=[/?#]|$)/i.exec(url)?.[1]?.toLowerCase();
  const usual = protocol === 'https:' ? ':443' : ':80';
  return written === host || (port === '' && written === `${host}${usual}`) ? host : undefined;
}

function namedHosts(env: EnvVariables): string[] {
  const named = (env[hostsVariable] ?? '').split(/[\s,]+/).filter((host) => host !== '');
  return named.flatMap((host) => plainHost(`https://${host}`) ?? []);
}
