import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { startLimit } from './limit';
import { nameOfProxy, type ProxyChoice } from './proxy';
import { noteFacts, WireFailure } from './wire-failure';

type Opened = (error: Error | null, socket?: Duplex) => void;

/**
 * Asks a proxy for a connection to a host (RFC 9110 §9.3.6). Any answer but a 2xx, or none within the limit, is an
 * error that names the proxy; no byte of the request has been sent then.
 */
export function openTunnel(choice: ProxyChoice, host: string, port: number, limitMs: number, opened: Opened): void {
  if (choice.kind === 'unusable')
    return opened(failedAt(`in ${choice.variable}`, new WireFailure('no http or https URL')));
  const { url } = choice;
  const name = nameOfProxy(url);
  const request = (url.protocol === 'https:' ? https : http).request({
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: name.slice(name.lastIndexOf(':') + 1),
    method: 'CONNECT',
    path: `${net.isIPv6(host) ? `[${host}]` : host}:${port}`,
    headers: { host: `${host}:${port}`, ...authorizationOf(url) },
    agent: false,
    rejectUnauthorized: true,
  });
  let end = (error: Error | null, socket?: Duplex): void => {
    end = () => undefined;
    stop();
    if (error !== null) request.destroy();
    opened(error === null ? null : failedAt(name, error, request.socket), socket);
  };
  const stop = startLimit(limitMs, () => end(new WireFailure('ETIMEDOUT')));
  const judge = ({ statusCode = 0 }: http.IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (statusCode < 200 || statusCode > 299) return end(new WireFailure(`HTTP ${statusCode}`));
    if (head.length > 0) socket.unshift(head);
    end(null, socket);
  };
  request.on('connect', judge).on('upgrade', judge);
  request.on('error', (error) => end(error));
  request.on('close', () => end(new WireFailure('ECONNRESET')));
  request.end();
}

function failedAt(via: string, error: Error, socket?: net.Socket | null): Error {
  const isUntrusted = socket instanceof TLSSocket && Boolean(socket.authorizationError);
  noteFacts(error, { sent: false, isUntrusted, via });
  return error;
}

/** The Basic credentials for a proxy (RFC 7617). A `%` that encodes nothing is taken literally. */
function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const plain = [username, password].map((part) => part.replaceAll(/(?:%[\da-f]{2})+/gi, decoded)).join(':');
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

function decoded(escapes: string): string {
  return Buffer.from(escapes.replaceAll('%', ''), 'hex').toString();
}
