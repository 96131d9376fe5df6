import type { EnvVariables } from './env-names';

/** Xero's hosts, and no other of its domain: what is sent to them is what they were made for. */
const xerosHosts: readonly string[] = ['login.xero.com', 'identity.xero.com', 'api.xero.com'];

/** The variable that names further hosts, each as `host` or `host:port`, with blanks or commas between. */
export const hostsVariable = 'EVERGRANT_HOSTS';

/**
 * Whether a URL leads to Xero, to this machine, or to a host that `EVERGRANT_HOSTS` names exactly. What is not the file's
 * own, such as an app's secret from `.env`, goes nowhere else.
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
 * The host of a URL, with its port where that isn't the usual one; undefined where it isn't written plainly, so that
 * another reader of URLs might find another host in it: user names, backslashes, letters of other scripts, odd numbers.
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
