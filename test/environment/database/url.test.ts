import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Failure } from '../../../scripts/errors';
import { connectionTo, settingsIn, type Settings } from '../../../scripts/environment/database/url';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-url-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** The settings that the database is opened with. */
function settingsOf(text: string, env = {}): Settings {
  return settingsIn(connectionTo(text, env).url);
}

test('a URL says it all', () => {
  expect(settingsOf('postgres://ann:s%2Fecret@db.example.com:6432/books?sslmode=verify-full')).toEqual({
    host: 'db.example.com',
    port: '6432',
    user: 'ann',
    password: 's/ecret',
    sslmode: 'verify-full',
    dbname: 'books',
  });
});

test('what the URL leaves out comes from the service, then from the variables', () => {
  const services = path.join(folder, 'services');
  fs.writeFileSync(services, '[other]\nhost=no\n\n# ours\n[books]\nhost = db.example.com\nport=6432\nuser=ann\n');
  const env = { PGSERVICEFILE: services, PGUSER: 'bob', PGPASSWORD: 'secret', PGHOST: 'nowhere' };
  expect(settingsOf('postgres:///books?service=books', env)).toMatchObject({
    host: 'db.example.com',
    port: '6432',
    user: 'ann',
    password: 'secret',
  });
  expect(settingsOf('postgres://eve@/books', { ...env, PGSERVICE: 'books' })).toMatchObject({
    host: 'db.example.com',
    user: 'eve',
  });
});

test.each(['a/b', 'what?', 'a#b', 'a&b', 'a@b', 'a+b', 'a:b', 'a b', 'a;b', '$=', '.', '..', 'ä%2F'])(
  'a database may be called %s',
  (dbname) => {
    const name = encodeURIComponent(dbname);
    expect(settingsOf(`postgres://db/${name}`)).toMatchObject({ host: 'db', dbname });
    expect(settingsOf(`postgres://db?dbname=${name}`)).toMatchObject({ host: 'db', dbname });
  },
);

test('an address of version 6 is told with brackets', () => {
  expect(settingsOf('postgres://[::1]:6432/books')).toMatchObject({ host: '::1', port: '6432' });
  expect(connectionTo('postgres://[::1]:6432/books', {}).where).toBe('[::1]:6432/books');
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
  ['a password that begins with a slash', 'postgres://ann:/hunter22@db/books'],
  ['a password with a slash', 'postgres://ann:77/hunter22@db/books'],
  ['a password with a number sign', 'postgres://ann:77#hunter22@db/books'],
  ['a password with a question mark', 'postgres://ann:77?hunter22@db/books'],
  ['a password with @ and a slash', 'postgres://ann:ab@hunter22/word@db/books'],
  ['a password with @', 'postgres://ann:ab@hunter22@db/books'],
  ['a password with &', 'postgres://db/books?user=ann&password=ab&hunter22=word'],
  ['a password with @ in a parameter', 'postgres://db/books?user=ann&password=ab@hunter22'],
  ['a user with a slash', 'postgres://a/nn:hunter22@db/books'],
  ['a password with a NUL', 'postgres://ann:hunter22%00@db/books'],
  ['a port that is none', 'postgres://ann:hunter22@db:0/books'],
  ['an sslmode that there is not', 'postgres://ann:hunter22@db/books?sslmode=Disable'],
  ['an sslmode of node-postgres alone', 'postgres://ann:hunter22@db/books?sslmode=no-verify'],
  ['verify-ca without a certificate', 'postgres://ann:hunter22@db/books?sslmode=verify-ca'],
  ['a fragment', 'postgres://ann:hunter22@db/books#'],
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
    expect(`${String(error)} ${(error as Failure).hint}`).not.toContain('hunter22');
  }
});
