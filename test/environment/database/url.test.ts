import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectionTo } from '../../../scripts/environment/database/url';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-url-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** The parameters that node-postgres is given. */
function parametersOf(text: string, env = {}): Record<string, string> {
  const { url } = connectionTo(text, env);
  return { ...Object.fromEntries(new URL(url).searchParams), dbname: new URL(url).pathname.slice(1) };
}

test('a URL says it all', () => {
  expect(parametersOf('postgres://ann:s%2Fecret@db.example.com:6432/books?sslmode=verify-full')).toEqual({
    host: 'db.example.com',
    port: '6432',
    user: 'ann',
    password: 's/ecret',
    sslmode: 'verify-full',
    dbname: 'books',
    uselibpqcompat: 'true',
  });
});

test('what the URL leaves out comes from the service, then from the variables', () => {
  const services = path.join(folder, 'services');
  fs.writeFileSync(services, '[other]\nhost=no\n\n# ours\n[books]\nhost = db.example.com\nport=6432\nuser=ann\n');
  const env = { PGSERVICEFILE: services, PGUSER: 'bob', PGPASSWORD: 'secret', PGHOST: 'nowhere' };
  expect(parametersOf('postgres:///books?service=books', env)).toMatchObject({
    host: 'db.example.com',
    port: '6432',
    user: 'ann',
    password: 'secret',
  });
  expect(parametersOf('postgres://eve@/books', { ...env, PGSERVICE: 'books' })).toMatchObject({
    host: 'db.example.com',
    user: 'eve',
  });
});

test('a place is told without user and password', () => {
  expect(connectionTo('postgres://ann:secret@db.example.com/books', {}).where).toBe('db.example.com/books');
  expect(connectionTo('postgresql://ann:secret@db.example.com:6432/books', {}).where).toBe('db.example.com:6432/books');
  expect(connectionTo('postgres:///books?host=/run/postgresql', {}).where).toBe('the local server/books');
});

test.each([
  ['a path', '/var/lib/evergrant'],
  ['another database', 'mysql://root:hunter22@localhost/books'],
  ['no URL', 'postgres://ann:hunter22@[/books'],
  ['a lonely per cent sign', 'postgres://ann:hunter22%@db/books'],
  ['an option that has no effect', 'postgres://ann:hunter22@db/books?target_session_attrs=any'],
  ['several hosts', 'postgres://ann:hunter22@/books?host=a,b'],
  ['a service that is nowhere', 'postgres:///books?service=nowhere'],
])('%s is refused in a line without the password', (_, text) => {
  const env = { PGSERVICEFILE: path.join(folder, 'services'), PGSYSCONFDIR: folder };
  try {
    connectionTo(text, env);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ kind: 'invalid', code: 'bad_store' });
    expect(String(error)).not.toContain('hunter22');
  }
});
