import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parsePingUrl, ping, pingAddress, type PingEvent } from '../../scripts/monitoring/ping';

const start: PingEvent = { kind: 'start' };
const end = (exitCode: number): PingEvent => ({ kind: 'end', exitCode, text: '3 environments: 3 refreshed' });

describe('the address of a ping', () => {
  const message = '3+environments%3A+3+refreshed';
  test.each<[string, string, (string | undefined)[]]>([
    [
      'healthchecks.io',
      'https://hc-ping.com/the-uuid',
      ['https://hc-ping.com/the-uuid/start', 'https://hc-ping.com/the-uuid', 'https://hc-ping.com/the-uuid/fail'],
    ],
    [
      'one of its kin, with a slash at its end and a query',
      'https://hc.example/ping/key/slug/?create=1',
      [
        'https://hc.example/ping/key/slug/start?create=1',
        'https://hc.example/ping/key/slug/?create=1',
        'https://hc.example/ping/key/slug/fail?create=1',
      ],
    ],
    [
      'Uptime Kuma, as it shows it',
      'http://kuma:3001/api/push/token?status=up&msg=OK&ping=',
      [
        undefined,
        `http://kuma:3001/api/push/token?status=up&msg=${message}&ping=`,
        `http://kuma:3001/api/push/token?status=down&msg=${message}&ping=`,
      ],
    ],
    [
      'Cronitor',
      'https://cronitor.link/p/key/refresh',
      [
        'https://cronitor.link/p/key/refresh?state=run',
        `https://cronitor.link/p/key/refresh?state=complete&message=${message}`,
        `https://cronitor.link/p/key/refresh?state=fail&message=${message}`,
      ],
    ],
  ])('of %s', (_, base, expected) => {
    const url = parsePingUrl(` ${base}\n`, 'EVERGRANT_PING_URL');
    expect([start, end(0), end(3)].map((event) => pingAddress(url, event)?.href)).toEqual(expected);
  });

  test.each(['', 'k3y-of-a-monitor', 'ftp://k3y.example/', 'https://user:k3y@hc.example/', 'file:///k3y'])(
    '%j is refused, and not repeated',
    (text) => {
      const message = expect.stringMatching(/^(?!.*k3y).*--ping/) as string;
      expect(() => parsePingUrl(text, '--ping')).toThrow(expect.objectContaining({ code: 'bad_ping', message }));
    },
  );
});

describe('a ping', () => {
  const served = async (status: number, event: PingEvent): Promise<readonly [string | undefined, ...string[]]> => {
    const seen: string[] = [];
    const server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url}`, body);
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const why = await ping(new URL(`http://127.0.0.1:${port}/p`), event);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return [why, ...seen];
  };

  test('is one POST with the text', async () => {
    expect(await served(200, end(0))).toEqual([undefined, 'POST /p', '3 environments: 3 refreshed\n']);
    expect(await served(200, start)).toEqual([undefined, 'POST /p/start', '']);
  });

  test('follows no redirect, and says what is wrong', async () => {
    expect(await served(302, end(0))).toEqual(['HTTP 302', 'POST /p', '3 environments: 3 refreshed\n']);
    expect((await served(404, end(0)))[0]).toBe('HTTP 404');
    expect(await ping(new URL('http://127.0.0.1:1/p'), start)).toBe('ECONNREFUSED');
  });

  test('ends after five seconds, when nobody answers', async () => {
    const server = http.createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const began = performance.now();
    expect(await ping(new URL(`http://127.0.0.1:${port}/p`), start)).toBe('ETIMEDOUT');
    expect(performance.now() - began).toBeLessThan(9000);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
