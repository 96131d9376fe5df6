import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseAt } from '../../../scripts/environment/database/open-store';
import { keysOf } from '../../../scripts/sealing/keys';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { makeWorkplace, type Workplace } from '../../support/program';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;
const password = 'CANARY:of-the-file';

describe.skipIf(isLeftOut)('a server that asks for a password', () => {
  let server: PostgresServer;
  let url: URL;
  let place: Workplace;
  beforeAll(async () => {
    server = await startPostgres({ fsync: 'off', log_connections: 'on' });
    url = new URL(server.database());
    const rules = server.sql(url.href, 'show hba_file').trim();
    server.sql(url.href, `create role worker login superuser password '${password}'`);
    const others = fs.readFileSync(rules, 'utf8');
    fs.writeFileSync(rules, `host all worker 127.0.0.1/32 scram-sha-256\n${others}`);
    server.sql(url.href, 'select pg_reload_conf()');
    url.username = 'worker';
    await makeWorkplace().run(['store', 'migrate'], { variables: { EVERGRANT_STORE: url.href, PGPASSWORD: password } });
  });
  afterAll(() => server.remove());
  beforeEach(() => {
    place = makeWorkplace();
  });

  const list = (variables = {}): ReturnType<Workplace['run']> =>
    place.run(['list', '--json'], { variables: { EVERGRANT_STORE: url.href, ...variables } });
  const passwordFile = (mode: number): void => {
    const line = `127.0.0.1:${url.port}:${url.pathname.slice(1)}:worker:${password.replace(':', '\\:')}\n`;
    fs.writeFileSync(path.join(place.folder, '.pgpass'), line, { mode });
  };

  test('is given that of ~/.pgpass, and nothing else is said', async () => {
    passwordFile(0o600);
    expect(await list()).toMatchObject({ code: 0, stderr: '' });
  });

  test('is given none of a file that others can read, which is said', async () => {
    passwordFile(0o644);
    const { code, stderr } = await list();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/has group or world access.*\n.*asks for a password/),
    });
    expect(stderr).not.toContain(password);
  });

  test('is missed where there is none', async () => {
    const { code, stderr } = await list();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/asks for a password, and there is none\n {2}→ set PGPASSWORD/),
    });
  });

  test('is not asked for TLS that it does not speak', async () => {
    const { code, stderr } = await list({ PGPASSWORD: password, PGSSLMODE: 'require' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('does not speak TLS') });
  });

  test.each(['', 'prefer', 'allow'])('is spoken to without TLS, on the same connection: sslmode %j', async (mode) => {
    const before = server.log().length;
    expect(await list({ PGPASSWORD: password, PGSSLMODE: mode })).toMatchObject({ code: 0, stderr: '' });
    const counted = (line: RegExp): number => [...server.log().slice(before).matchAll(line)].length;
    expect(counted(/connection received/g)).toBe(counted(/connection authorized/g));
  });
});

describe.skipIf(isLeftOut)('a server that speaks TLS', () => {
  let server: PostgresServer;
  let folder: string;
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-tls-'));
    fs.chmodSync(folder, 0o755);
    const [key, certificate] = ['server.key', 'server.crt'].map((name) => path.join(folder, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key ?? '', '-out', certificate ?? '', ...subject],
      { stdio: 'ignore' },
    );
    if (process.getuid?.() === 0) fs.chownSync(key ?? '', 65_534, 65_534);
    server = await startPostgres({
      fsync: 'off',
      ssl: 'on',
      ssl_key_file: key ?? '',
      ssl_cert_file: certificate ?? '',
    });
  });
  afterAll(async () => {
    await server.remove();
    fs.rmSync(folder, { recursive: true });
  });

  test.each([
    ['hostnossl', '', true],
    ['hostssl', '', false],
    ['hostnossl', 'allow', true],
    ['hostssl', 'prefer', false],
  ])('is reached where its rules reject %s, with sslmode %j', async (kind, mode, isEncrypted) => {
    const url = server.database();
    const rules = server.sql(url, 'show hba_file').trim();
    const others = fs.readFileSync(rules, 'utf8');
    fs.writeFileSync(rules, `${kind} all all 127.0.0.1/32 reject\n${others}`);
    server.sql(`${url}?host=${path.dirname(rules)}/..`, 'select pg_reload_conf()');
    const opened = databaseAt(url, {
      env: { PGSSLMODE: mode },
      secrets: new Set(),
      keys: keysOf({}, () => ({}), new Set()),
    });
    try {
      const rows = await Promise.all(
        [1, 2].map(() => opened.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')),
      );
      expect(rows).toEqual([[{ ssl: isEncrypted }], [{ ssl: isEncrypted }]]);
    } finally {
      await opened.close();
      fs.writeFileSync(rules, others);
      server.sql(`${url}?host=${path.dirname(rules)}/..`, 'select pg_reload_conf()');
    }
  });

  test.each([
    ['is believed with the certificate of its authority', 'localhost', true, /lacks|no tables/],
    [
      'is not without it',
      'localhost',
      false,
      /the certificate of .+ is not trusted \(\w+\)\n {2}→ name its authority's certificate/,
    ],
    [
      'is not under another name',
      '127.0.0.1',
      true,
      /the certificate of .+ is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    ],
  ])('%s', async (_, host, isNamed, message) => {
    const url = new URL(server.database());
    url.hostname = host;
    url.searchParams.set('sslmode', 'verify-full');
    if (isNamed) url.searchParams.set('sslrootcert', path.join(folder, 'server.crt'));
    const { stderr } = await makeWorkplace().run(['list'], { variables: { EVERGRANT_STORE: url.href } });
    expect(stderr).toMatch(message);
  });
});
