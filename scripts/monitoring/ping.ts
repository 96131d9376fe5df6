import http from 'node:http';
import https from 'node:https';
import { invalid, systemCode } from '../errors';
import { wireAgents } from '../network/wire';

/** What is told to the service that misses a run which never comes. */
export type PingEvent =
  | { readonly kind: 'start' }
  /** `text`: one line without names and secrets. */
  | { readonly kind: 'end'; readonly exitCode: number; readonly text: string };

/** A service that is slower must not hold up the next refresh. */
const limitMs = 5000;

/**
 * The address to ping. It is never repeated: whoever knows it can feign a run.
 * @throws Failure `invalid` for a text that is no such address
 */
export function parsePingUrl(text: string, where: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isUsable =
    url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username + url.password === '';
  if (isUsable) return url;
  throw invalid('bad_ping', `the address of ${where} is no https or http URL`, 'copy it again from the monitor, whole');
}

/**
 * The address for an event; undefined where the service has none for it:
 * - Uptime Kuma (`/api/push/…`): `status` and `msg`, and nothing for a start;
 * - Cronitor (`cronitor.link`): `state` and `message`;
 * - healthchecks.io and its kin: `/start`, the address itself, `/fail`.
 */
export function pingAddress(base: URL, event: PingEvent): URL | undefined {
  const url = new URL(base);
  const isFailure = event.kind === 'end' && event.exitCode !== 0;
  const text = event.kind === 'end' ? event.text : '';
  if (url.pathname.includes('/api/push/')) {
    if (event.kind === 'start') return undefined;
    url.searchParams.set('status', isFailure ? 'down' : 'up');
    url.searchParams.set('msg', text);
  } else if (url.hostname === 'cronitor.link') {
    url.searchParams.set('state', event.kind === 'start' ? 'run' : isFailure ? 'fail' : 'complete');
    if (text !== '') url.searchParams.set('message', text);
  } else {
    const ending = event.kind === 'start' ? '/start' : isFailure ? '/fail' : '';
    if (ending !== '') url.pathname = url.pathname.replace(/\/$/, '') + ending;
  }
  return url;
}

/**
 * Tells a monitor of a run, once, within five seconds: by POST with a short text, as all of these services take it. No
 * redirect is followed.
 * @returns why it was not taken; undefined when it was
 */
export async function ping(base: URL, event: PingEvent): Promise<string | undefined> {
  const url = pingAddress(base, event);
  if (url === undefined) return undefined;
  const { request } = url.protocol === 'https:' ? https : http;
  const agents = wireAgents(limitMs);
  const agent = url.protocol === 'https:' ? agents.https : agents.http;
  const body = event.kind === 'end' ? `${event.text}\n` : '';
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
  return await new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 300 ? undefined : `HTTP ${statusCode}`);
    });
    sent.on('error', (error) => resolve(systemCode(error) ?? 'no answer'));
    sent.end(body);
  });
}
