import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../../scripts/environment/settings';
import type * as Lanes from '../../scripts/newman/lanes';
import type * as Alone from '../../scripts/newman/send';
import type { Answer } from '../../scripts/refresh/token-answer';
import { built } from '../proofs/support/built';
import { settingsFor, webApp } from '../support/environments';
import { startRawServer, writeForEver } from '../support/servers/raw-server';

const { newmanLanes } = built<typeof Lanes>('newman/lanes');
const { newmanRunner } = built<typeof Alone>('newman/send');

const limitMs = 1500;

/** One request, as it is sent for one environment alone and for one of many. */
const ways: Readonly<Record<string, (settings: Settings) => Promise<Answer[]>>> = {
  alone: async (settings) => {
    const answers: Answer[] = [];
    const runner = newmanRunner({ secrets: new Set(), random: randomBytes, timeoutMs: limitMs });
    await runner.send(settings, 'Refresh tokens', { onAnswer: (answer) => answers.push(answer) });
    return answers;
  },
  'in a lane': async (settings) => {
    const answers: Answer[] = [];
    const lanes = newmanLanes(limitMs);
    await lanes.send(settings, 'Refresh tokens', (answer) => answers.push(answer));
    lanes.close();
    return answers;
  },
};

const head = (...headers: string[]): string => ['HTTP/1.1 200 OK', ...headers, '', ''].join('\r\n');
const tokens = JSON.stringify({ access_token: 'an-access-token', refresh_token: 'a-refresh-token' });
/** A gigabyte of zeros, as a hundred members of ten megabytes each (RFC 1952 §2.2). */
const bomb = Buffer.concat(Array.from({ length: 100 }).fill(gzipSync(Buffer.alloc(10_000_000))) as Buffer[]);

/** What is no answer, and what is said of it; in each case the request has been sent, and may have been obeyed. */
const nonsense: readonly (readonly [string, (socket: Socket) => void, RegExp])[] = [
  ['nothing at all', () => undefined, /^ETIMEDOUT$/],
  ['a status line that drips', (socket) => writeForEver(socket, 'H', 50), /^HPE_/],
  [
    'headers without end',
    (socket) => (socket.write(head().trimEnd()), writeForEver(socket, '\r\na: b')),
    /^HPE_HEADER_OVERFLOW$/,
  ],
  [
    'headers that drip',
    (socket) => (socket.write(head().trimEnd()), writeForEver(socket, '\r\na: b', 50)),
    /^ETIMEDOUT$/,
  ],
  [
    'early hints for ever',
    (socket) => writeForEver(socket, 'HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n', 50),
    /^ETIMEDOUT$/,
  ],
  [
    'another protocol',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    /^ECONNRESET$/,
  ],
  ['garbage', (socket) => socket.end(randomBytes(500)), /^HPE_|^ECONNRESET$/],
  ['a body that drips', (socket) => (socket.write(head()), writeForEver(socket, ' ', 50)), /^ETIMEDOUT$/],
  ['a body that stops', (socket) => socket.write(head('content-length: 100') + tokens.slice(0, 40)), /^ETIMEDOUT$/],
  ['half a body', (socket) => socket.end(head('content-length: 100') + tokens.slice(0, 40)), /^ECONNRESET$/],
  ['a chunk of no size', (socket) => socket.end(`${head('transfer-encoding: chunked')}zz\r\n`), /^HPE_/],
  [
    'a body without end',
    (socket) => (socket.write(head()), writeForEver(socket, Buffer.alloc(65_536, ' '))),
    /^its body is too long$/,
  ],
  [
    'a gigabyte of zeros in a megabyte',
    (socket) => socket.end(Buffer.concat([Buffer.from(head('content-encoding: gzip')), bomb])),
    /^its body is too long$/,
  ],
  ['gzip that is none', (socket) => socket.end(`${head('content-encoding: gzip')}${tokens}`), /^Z_DATA_ERROR$/],
  ['brotli that is none', (socket) => socket.end(`${head('content-encoding: br')}${tokens}`), /./],
];

describe.each(Object.keys(ways))('a request %s', (way) => {
  const ask = (port: number): Promise<Answer[]> | undefined =>
    ways[way]?.(settingsFor({ ...webApp, token_url: `http://127.0.0.1:${port}/token`, refresh_token: 'old' }));

  test.each(nonsense)('that is answered with %s is lost within its limit, and was sent', async (_, play, code) => {
    const server = await startRawServer(play);
    const startedAt = performance.now();
    const answers = await ask(server.port);
    expect(answers).toEqual([{ kind: 'lost', code: expect.stringMatching(code), sent: true }]);
    expect(performance.now() - startedAt).toBeLessThan(2 * limitMs + 8000);
    await server.close();
  });

  test('that nobody takes was not sent', async () => {
    const server = await startRawServer(() => undefined);
    await server.close();
    expect(await ask(server.port)).toEqual([{ kind: 'lost', code: 'ECONNREFUSED', sent: false }]);
  });

  test('is answered with JSON, whatever byte order mark is before it', async () => {
    const body = `\uFEFF${tokens}`;
    const server = await startRawServer((socket) =>
      socket.end(head(`content-length: ${Buffer.byteLength(body)}`) + body),
    );
    expect(await ask(server.port)).toMatchObject([{ kind: 'answer', status: 200, body: tokens }]);
    await server.close();
  });
});
