import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemdServeUnits } from '../../scripts/schedule/systemd-serve';
import { descriptorsIn, refuseTwice, tcpPlace } from '../../scripts/serve/doors';
import { plainPlace, servingOf } from '../schedule/places';
import { freePort } from '../support/postgres';
import { makeWorkplace, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { lineOf, startProgram } from '../support/running';
import { makeAuthority } from '../support/servers/certificates';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { isWithout } from '../support/system-tools';
import { serveIn } from './support/serving';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
});

afterAll(() => xero.close());

const cli = path.join(projectFolder(), 'dist/cli.js');

function healthAt(options: http.RequestOptions | https.RequestOptions): Promise<number> {
  const { request } = 'ca' in options ? https : http;
  return new Promise((resolve, reject) => {
    request({ path: '/health', ...options }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('a unix socket', () => {
  test('is for this user and its group, and is taken away at the end', async () => {
    const serving = await serveIn(place);
    const { mode, gid } = fs.statSync(serving.socket);
    expect([(mode & 0o777).toString(8), gid]).toEqual(['660', process.getgid?.()]);
    await serving.stop();
    expect(fs.existsSync(serving.socket)).toBe(false);
  });

  test('that a killed server has left is replaced; one that is served is not', async () => {
    const killed = await serveIn(place);
    killed.running.signal('SIGKILL');
    await killed.running.ended;
    expect(fs.existsSync(killed.socket)).toBe(true);
    const serving = await serveIn(place);
    const second = await place.run(['serve', '--socket', serving.socket]);
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('another program serves on')]);
    expect((await serving.ask('/health')).status).toBe(200);
    await serving.stop();
  });

  test('does not take the place of a file, or of another program', async () => {
    const [file, other] = [path.join(place.folder, 'a-file'), path.join(place.folder, 'other')];
    fs.writeFileSync(file, 'mine');
    const server = net.createServer().listen(other);
    await once(server, 'listening');
    for (const taken of [file, other]) {
      expect(await place.run(['serve', '--socket', taken])).toMatchObject({ code: 2, stdout: '' });
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
    server.close();
  });

  /** What systemd does: it listens, with this mode, and hands the socket over as descriptor 3. */
  async function activated(socket: string, mode: string): Promise<{ lines: string[]; end(): Promise<void> }> {
    const script = `const net = require('node:net'), fs = require('node:fs'), { spawn } = require('node:child_process');
      const server = net.createServer().listen(${JSON.stringify(socket)}, () => {
        fs.chmodSync(${JSON.stringify(socket)}, 0o${mode});
        const start = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 2>&1';
        const child = spawn('sh', ['-c', start, 'sh', process.execPath, ${JSON.stringify(cli)}, 'serve'],
          { stdio: ['ignore', 'inherit', 'inherit', server._handle.fd] });
        fs.linkSync(${JSON.stringify(socket)}, ${JSON.stringify(`${socket}.kept`)});
        server.close(); // it would answer, too, and it removes the file
        fs.renameSync(${JSON.stringify(`${socket}.kept`)}, ${JSON.stringify(socket)});
        process.on('SIGTERM', () => child.kill('SIGTERM'));
        child.on('exit', (code) => process.exit(code));
      });`;
    const child = spawn(process.execPath, ['-e', script], { cwd: place.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
    await once(reader, 'line');
    const ended = once(child, 'exit');
    return {
      lines,
      end: async () => {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }

  test('may come from systemd', async () => {
    const socket = path.join(place.folder, 'activated');
    const { lines, end } = await activated(socket, '660');
    expect(lines).toEqual([`listening: ${socket}`]);
    expect(await healthAt({ socketPath: socket })).toBe(200);
    await end();
  });

  test.skipIf(isWithout('systemd-socket-activate'))(
    'may come from systemd as our unit says, with HTTP on both addresses',
    async () => {
      const { files } = systemdServeUnits(plainPlace, servingOf());
      const unit = files.find(({ name }) => name.endsWith('.socket'))?.text ?? '';
      const [file = '', ...addresses] = [...unit.matchAll(/^ListenStream=(.+)$/gm)].map(([, address = '']) => address);
      const port = String(await freePort());
      const places = [
        path.join(place.folder, path.basename(file)),
        ...addresses.map((one) => one.replace('8099', port)),
      ];
      const args = [...places.flatMap((one) => ['--listen', one]), process.execPath, cli, 'serve'];
      const limited = ['-c', 'umask 0117; exec systemd-socket-activate "$@"', 'sh', ...args];
      const child = spawn('sh', limited, { cwd: place.folder, stdio: ['ignore', 'pipe', 'ignore'] });
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => lines.push(line));
      try {
        const asked = [{ socketPath: places[0] }, { host: '127.0.0.1', port }, { host: '::1', port }];
        await expect.poll(() => healthAt({ socketPath: places[0] }).catch(() => 0), { timeout: 20_000 }).toBe(200);
        expect(await Promise.all(asked.map(healthAt))).toEqual([200, 200, 200]);
        const wheres = [places[0], `http://127.0.0.1:${port}`, `http://[::1]:${port}`];
        expect(lines).toEqual(wheres.map((where) => `listening: ${where}`));
      } finally {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  );

  test('from systemd is refused where every user may connect', async () => {
    const { lines, end } = await activated(path.join(place.folder, 'open'), '666');
    await end();
    expect(lines.join('\n')).toMatch(/is open to every user .*\n.*SocketMode=0660/);
  });
});

test.each<[NodeJS.ProcessEnv, readonly number[]]>([
  [{ LISTEN_PID: '7', LISTEN_FDS: '2' }, [3, 4]],
  [{ LISTEN_PID: '8', LISTEN_FDS: '2' }, []],
  [{ LISTEN_FDS: '2' }, []],
  [{ LISTEN_PID: '7', LISTEN_FDS: '-1' }, []],
  [{}, []],
])('the descriptors of %j', (variables, expected) => {
  expect(descriptorsIn(variables, 7)).toEqual(expected);
});

test.each([
  ['127.0.0.1:8099', { host: '127.0.0.1', port: 8099 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['Localhost:80', { host: 'localhost', port: 80 }],
])('%s is an address', (text, expected) => {
  expect(tcpPlace(text)).toEqual(expected);
});

test.each(['8099', 'localhost', 'localhost:65536', ':8099', 'http://localhost:8099', '::1:80'])(
  '%s is none',
  (text) => {
    expect(() => tcpPlace(text)).toThrow(expect.objectContaining({ code: 'bad_address' }));
  },
);

test.each<[string, string, boolean]>([
  ['127.0.0.1:8099', 'localhost:8099', true],
  ['0.0.0.0:8099', '127.0.0.1:8099', true],
  ['10.0.0.5:8099', '10.0.0.5:8099', true],
  ['10.0.0.5:8099', '127.0.0.1:8099', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  ['127.0.0.1:8099', '127.0.0.1:8098', false],
])('%s and %s are one place: %s', (one, other, isOne) => {
  const check = (): void => refuseTwice([one, other].map(tcpPlace));
  if (isOne)
    expect(check).toThrow(
      expect.objectContaining({ code: 'port_twice', message: expect.stringContaining('port 8099') }),
    );
  else expect(check).not.toThrow();
});

describe('an address that other machines reach', () => {
  const address = Object.values(os.networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

  test.each([
    [['--listen', '0.0.0.0:0'], 'clear text'],
    [['--listen', '0.0.0.0:0', '--tls-cert', 'cert.pem'], 'TLS needs a certificate and its key'],
    [['--listen', 'localhost:0', '--tls-cert', 'no.pem', '--tls-key', 'no.pem'], 'cannot read no.pem'],
    [['--min-validity', '26m'], '--min-validity is longer than 25m'],
    [['--socket', 'x', '--group', 'no such group'], 'there is no group'],
  ])('is refused by %j', async (args, message) => {
    const { code, stdout, stderr } = await place.run(['serve', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('speaks TLS with a certificate', async () => {
    const authority = makeAuthority(place.folder);
    const { cert, key } = authority.issue(['localhost']);
    const ca = fs.readFileSync(authority.file);
    const files = { cert: path.join(place.folder, 'cert.pem'), key: path.join(place.folder, 'key.pem') };
    fs.writeFileSync(files.cert, cert);
    fs.writeFileSync(files.key, key, { mode: 0o600 });
    const args = ['serve', '--listen', '0.0.0.0:0', '--tls-cert', files.cert, '--tls-key', files.key];
    const running = startProgram(place.folder, args);
    const port = /https:\/\/0\.0\.0\.0:(\d+)/.exec(await lineOf(running, /^listening/))?.[1];
    expect(await healthAt({ host: 'localhost', port, ca })).toBe(200);
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test.skipIf(address === undefined)('serves a trusted proxy in clear text, and nobody else', async () => {
    const running = startProgram(place.folder, ['serve', '--listen', '0.0.0.0:0', '--trust-proxy', '192.0.2.1']);
    const port = /:(\d+)$/.exec(await lineOf(running, /^listening/))?.[1];
    const metadata = '/.well-known/oauth-authorization-server';
    const headers = { host: 'localhost', 'x-forwarded-for': '10.0.0.1' };
    const asked = ['127.0.0.1', address].map((host) => healthAt({ host, port, path: metadata, headers }));
    expect(await Promise.all(asked)).toEqual([200, 403]);
    running.signal('SIGTERM');
    await running.ended;
  });
});

test('a folder that is not there is said before anybody asks', async () => {
  const { code, stdout } = await place.run(['--environments', 'nowhere', 'serve']);
  expect([code, stdout]).toEqual([2, '']);
  expect(fs.existsSync(path.join(place.folder, 'nowhere'))).toBe(false);
});
