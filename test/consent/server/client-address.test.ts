import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientAddress, trustedProxies } from '../../../scripts/consent/server/client-address';

function request(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage; // all that is read of one
}

describe('the address of a client', () => {
  test.each([
    ['nobody trusted', undefined, '127.0.0.1', '192.0.2.1', '127.0.0.1'],
    ['a proxy on this machine', '', '127.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['what it says is on the right', '', '::1', '203.0.113.9, 192.0.2.1', '192.0.2.1'],
    ['a proxy of ours before it', '10.0.0.0/8', '127.0.0.1', '192.0.2.1, 10.1.2.3', '192.0.2.1'],
    ['a proxy that is not trusted', '10.0.0.0/8', '127.0.0.1', '192.0.2.1, 11.1.2.3', '11.1.2.3'],
    ['IPv6 networks', '2001:db8::/32', '::1', '192.0.2.1, 2001:db8::7', '192.0.2.1'],
    ['a port behind it', '', '127.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
    ['IPv6 with a port', '', '127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['IPv4 in IPv6', '', '::ffff:127.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['no header', '', '127.0.0.1', undefined, '127.0.0.1'],
    ['nonsense', '', '127.0.0.1', '192.0.2.1, <script>', '127.0.0.1'],
    ['nothing but proxies', '10.0.0.0/8', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['a very long header', '', '127.0.0.1', `${'10.0.0.1,'.repeat(1000)}192.0.2.1`, '192.0.2.1'],
  ])('is found with %s', (_, trusted, socket, forwarded, client) => {
    const proxies = trusted === undefined ? undefined : trustedProxies(trusted);
    expect(clientAddress(request(socket, forwarded), proxies)).toBe(client);
  });

  test.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '1.2.3.4;5', 'fe80::/129'])(
    '%s is no proxy',
    (list) => {
      expect(() => trustedProxies(list)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad_proxy' }));
    },
  );
});
