import type { IncomingMessage } from 'node:http';
import { isFromProxy, type TrustedProxies } from '../consent/server/client-address';

/** How requests come in: a unix socket, whose file says who may use it, or TCP. */
export interface Door {
  readonly kind: 'socket' | 'tcp';
  /** Whether it is open to other machines as clear text, so that only a trusted proxy may use it. */
  readonly isForProxies: boolean;
  readonly scheme: 'http' | 'https';
}

export interface GuardOptions {
  /** The names by which this server may be called, without ports. */
  readonly hosts: ReadonlySet<string>;
  /** The proxies whose forwarding headers are believed; undefined: they are refused. */
  readonly trusted: TrustedProxies | undefined;
}

/** The header that a web page can't send, and that nobody sends who was only told to fetch an address. */
export const ownHeader = 'x-evergrant';

/** What a proxy adds. A request that has one of these came another way than its sender's address says. */
const forwarding = /^(forwarded|via|x-forwarded-.*|x-real-ip|x-original-.*|x-rewrite-url)$/;

/**
 * Why a request may not pass, whatever it asks for; undefined when it may. It refuses what a web page can make a browser
 * send (a foreign `Origin`, a foreign `Sec-Fetch-Site`, or a foreign `Host` by DNS rebinding), and what comes through a
 * proxy that nobody has named.
 */
export function objectionTo(request: IncomingMessage, door: Door, options: GuardOptions): string | undefined {
  const { headers, url = '' } = request;
  if (!url.startsWith('/')) return 'the target of the request is no path';
  if (isForwarded(request) && options.trusted === undefined)
    return 'it comes through a proxy, and none is trusted here';
  const isProxys = options.trusted !== undefined && isFromProxy(request, options.trusted);
  if (door.isForProxies && !isProxys) return 'only the trusted proxy may ask here';
  if (door.kind === 'tcp' && !options.hosts.has(hostIn(headers.host))) return 'this server is not called that';
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, options)) return 'it comes from a web page';
  return isFromOtherSite(request) ? 'it comes from another web page' : undefined;
}

/** Whether a proxy says that it hands on what somebody else has sent. */
export function isForwarded({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return Object.keys(headers).some((name) => forwarding.test(name));
}

/** A host without its port, in small letters. */
function hostIn(host: string | undefined): string {
  return (host ?? '').toLowerCase().replace(/:\d+$/, '');
}

function isOwnOrigin(origin: string, { hosts }: GuardOptions): boolean {
  return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && hosts.has(hostIn(new URL(origin).host));
}

/** A link elsewhere may lead a person to a page; what that page reads is not seen by the page with the link. */
function isFromOtherSite({ method, headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'none' || site === 'same-origin') return false;
  return !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');
}
