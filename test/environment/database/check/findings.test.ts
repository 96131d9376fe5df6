import { expect, test } from 'vitest';
import type { StoreFacts } from '../../../../scripts/environment/database/check/facts';
import type { Way } from '../../../../scripts/environment/database/check/finding';
import { findingsOf } from '../../../../scripts/environment/database/check/findings';
import { Failure } from '../../../../scripts/errors';

const now = new Date('2026-11-22T10:00:00.000Z');
const here = { systemIdentifier: '7', databaseName: 'evergrant', timeline: 1 };
const way: Way = { where: 'db.example.com/evergrant', host: 'db.example.com', port: 5432, sslmode: 'verify-full' };

const sound: StoreFacts = {
  server: {
    settings: {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      synchronous_standby_names: '',
      default_transaction_read_only: 'off',
    },
    version: 150_018,
    isReplica: false,
    aheadMs: 40,
    serverPort: 5432,
    backends: 1,
    isEncrypted: true,
    user: 'the worker',
    quotedUser: '"the worker"',
    isWorker: true,
    isSuperuser: false,
    replicas: 0,
  },
  migrations: { missing: [], isNewer: false },
  missingRights: [],
  identity: { id: 'the-id', bound: here, now: here, witness: '' },
  leases: [{ environment: 'acme', host: 'one', process: '7', since: new Date('2026-11-22T09:59:50.000Z') }],
  unconfirmed: [],
  noReceipts: undefined,
};

function codesOf(facts: StoreFacts, by: Way = way): Record<string, boolean> {
  return Object.fromEntries(findingsOf(facts, by, now).map(({ code, isGrave }) => [code, isGrave]));
}

test('a sound database has nothing to say', () => {
  expect(findingsOf(sound, way, now)).toEqual([]);
});

const server = (more: Partial<StoreFacts['server']>): StoreFacts => ({
  ...sound,
  server: { ...sound.server, ...more },
});
const setting = (name: string, value: string): StoreFacts =>
  server({ settings: { ...sound.server.settings, [name]: value } });
const identity = (more: object): StoreFacts => ({
  ...sound,
  identity: { id: 'the-id', bound: here, now: { ...here, ...more }, witness: '' },
});
const receipt = {
  file: '/state/receipt',
  store: 'the-id',
  name: 'acme#pending',
  spent: 3,
  changes: {},
  at: '2026-11-22T09:00:00.000Z',
  host: 'one',
};
const waiting = { receipt, environment: 'acme' };
const noRoom = new Failure('temporary_failure', 'no_room_for_receipts', 'cannot write receipts', 'make room there');

test.each<[string, StoreFacts, Record<string, boolean>]>([
  ['fsync', setting('fsync', 'off'), { fsync_off: true }],
  ['whole pages', setting('full_page_writes', 'off'), { full_page_writes_off: true }],
  ['what is read only', setting('default_transaction_read_only', 'on'), { read_only: true }],
  ['commits that do not wait', setting('synchronous_commit', 'off'), { asynchronous_commit: false }],
  ['a replica', server({ isReplica: true }), { replica: true }],
  ['replicas that lag behind', server({ replicas: 2 }), { asynchronous_replica: false }],
  ['an old server', server({ version: 120_022 }), { old_server: true }],
  ['a clock that is ahead', server({ aheadMs: 3_600_000 }), { clock: false }],
  ['a clock that is behind', server({ aheadMs: -61_000 }), { clock: false }],
  ['a superuser', server({ isSuperuser: true }), { superuser: false }],
  ['a pooler, for certain', server({ backends: 3 }), { pooler: false }],
  ['a pooler, probably', server({ serverPort: 6543 }), { pooler: false }],
  ['a socket file, which has no port', server({ serverPort: null }), {}],
  [
    'tables that are missing',
    { ...sound, migrations: { missing: [{ number: 5, title: 'identity' }], isNewer: false } },
    { not_migrated: true },
  ],
  ['tables of a newer version', { ...sound, migrations: { missing: [], isNewer: true } }, { newer_store: true }],
  ['rights that are missing', { ...sound, missingRights: ['insert on token_set'] }, { missing_rights: true }],
  ['another server', identity({ systemIdentifier: '8' }), { other_database: true }],
  ['another name', identity({ databaseName: 'staging' }), { other_database: true }],
  ['a failover', identity({ timeline: 2 }), { failover: false }],
  [
    'a server that does not say which it is',
    identity({ systemIdentifier: null, timeline: null }),
    { unknown_server: false },
  ],
  ['an answer that waits on this machine', { ...sound, unconfirmed: [waiting] }, { unconfirmed_receipt: false }],
  ['no room for receipts', { ...sound, noReceipts: noRoom }, { no_room_for_receipts: true }],
  [
    'a lease that is too long',
    {
      ...sound,
      leases: [{ environment: 'acme', host: 'one', process: '7', since: new Date('2026-11-22T09:00:00.000Z') }],
    },
    { long_lease: false },
  ],
  [
    'an import that may go on',
    { ...sound, leases: [{ environment: 'acme', host: 'one', process: 'import', since: now }] },
    { arriving: false },
  ],
  [
    'an import that was cut off',
    {
      ...sound,
      leases: [{ environment: 'acme', host: 'one', process: 'import', since: new Date(now.getTime() - 61_000) }],
    },
    { arriving: true },
  ],
])('says of %s what it costs', (_, facts, codes) => {
  expect(codesOf(facts)).toEqual(codes);
});

test.each<[string, Partial<Way>, Record<string, boolean>]>([
  ['to another host', { sslmode: 'require' }, { unverified_tls: true }],
  ['to this machine', { host: 'localhost', sslmode: 'prefer' }, {}],
  ['over a socket file', { host: '/var/run/postgresql', sslmode: 'disable' }, {}],
])('a way %s, unverified', (_, more, codes) => {
  expect(codesOf(sound, { ...way, ...more })).toEqual(codes);
});

test('an answer of a connection that is gone is nobody else’s', () => {
  const [found] = findingsOf({ ...sound, unconfirmed: [{ receipt, environment: undefined }] }, way, now);
  expect(found?.problem).toContain('not in the database, where its connection is not there any more');
  expect(found?.mend).toBe('remove it, if nobody misses that connection: rm /state/receipt');
});

test('the gravest comes first, and each says why and how to mend it', () => {
  const found = findingsOf(setting('fsync', 'off'), { ...way, port: 6432 }, now);
  expect(found.map(({ code }) => code)).toEqual(['fsync_off', 'pooler']);
  expect(findingsOf({ ...sound, unconfirmed: [waiting] }, way, now)).toEqual([
    {
      code: 'unconfirmed_receipt',
      isGrave: false,
      problem: 'an answer for acme is on this machine, for 1 h 0 min, and not in the database',
      why: 'it holds the newest tokens, if nobody has refreshed since',
      mend: 'put it there: npx evergrant refresh acme',
    },
  ]);
});

test.each([
  [false, 'grant evergrant_worker to "the worker"'],
  [true, "give evergrant_worker this database's rights, as who owns its tables: npx evergrant store migrate --print "],
  [null, 'make the role evergrant_worker, as who owns its tables: npx evergrant store migrate --print '],
])('rights that are missing are given as they can be: %j', (isWorker, mend) => {
  const facts = { ...server({ isWorker }), missingRights: ['insert on token_set'] };
  expect(findingsOf(facts, way, now)).toMatchObject([{ code: 'missing_rights', mend: expect.stringContaining(mend) }]);
});

test('a user is named as SQL takes it', () => {
  expect(findingsOf(setting('default_transaction_read_only', 'on'), way, now)).toMatchObject([
    { mend: 'alter role "the worker" reset default_transaction_read_only' },
  ]);
});
