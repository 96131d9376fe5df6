import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { valueOf, type Changes } from '../../../scripts/environment/environment';
import type { StoredEnvironment } from '../../../scripts/environment/store';
import { buildFolder } from '../../support/build-folder';
import { rowsOf } from '../../support/environments';
import { jwt } from '../../support/environments';
import { environmentText } from '../../support/servers/xero-server';
import { isRoot, makeFolder, modeOf, nobody, startChild } from './children';

// The built one: its lazy require doesn't go through the test runner's loader.
const { environmentInFile } = createRequire(__filename)(
  path.join(buildFolder(), 'environment/files/file-store.js'),
) as typeof import('../../../scripts/environment/files/file-store');

let root: string;
let folder: string;
let state: string;
let file: string;

const rows = {
  app_type: 'web',
  client_id: 'the-client',
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  generation: '1',
  refresh_started_at: '2026-11-22T10:00:00.000Z',
  grant_status: 'connected',
};
const tokens = (generation: number): Changes => ({
  access_token: `access-${generation}`,
  refresh_token: `refresh-${generation}`,
  access_token_expires_at: '2026-11-22T10:30:00.000Z',
  refresh_token_expires_at: '2027-01-21T10:00:00.000Z',
  generation: String(generation),
  refresh_started_at: '',
  grant_status: 'connected',
});

beforeEach(() => {
  root = makeFolder();
  [folder, state] = [path.join(root, 'environments'), path.join(root, 'state')];
  fs.mkdirSync(folder);
  file = path.join(folder, 'acme.json');
  fs.writeFileSync(file, environmentText('acme', rows), { mode: 0o600 });
});

const storedAt = (place: string): StoredEnvironment => environmentInFile('acme', place, state);
const stored = (): StoredEnvironment => storedAt(file);
const beside = (suffix: string): string => path.join(folder, `.acme.json.${suffix}`);

/** A file as a killed process leaves it in the environment's own folder. */
const ownFile = (ending: string): string => {
  fs.mkdirSync(path.join(folder, '.evergrant', 'acme.json'), { recursive: true, mode: 0o700 });
  return path.join(folder, '.evergrant', 'acme.json', `0123456789abcdef.${ending}`);
};
const preallocationsIn = (): string[] => keptIn().filter((name) => /^[0-9a-f]{16}\.next$/.test(name));
const keptIn = (): string[] => fs.readdirSync(path.join(folder, '.evergrant', 'acme.json')).sort();
const fileRows = (place = file): Record<string, string> => {
  const { values } = JSON.parse(fs.readFileSync(place, 'utf8')) as { values: { key: string; value: string }[] };
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
};

const makeKeep = (): string | undefined =>
  fs.mkdirSync(path.join(folder, '.evergrant'), { recursive: true, mode: 0o700 });

async function save(generation: number, place = file): Promise<void> {
  const locked = await storedAt(place).lock(0);
  try {
    await locked.prepareSave({});
    locked.keep(tokens(generation));
    await locked.settle();
  } finally {
    await locked.release();
  }
}

describe('a token set', () => {
  test('is in the file once saved, which holds all else as before and belongs to its owner only', async () => {
    fs.chmodSync(file, 0o644);
    const before = fs.readFileSync(file, 'utf8');
    await save(2);
    expect(fileRows()).toEqual({ ...fileRows(), ...tokens(2) });
    const kept = (text: string): string => text.slice(0, text.indexOf('"access-')).replace('access-1', '');
    expect(kept(fs.readFileSync(file, 'utf8'))).toBe(kept(before));
    expect([modeOf(file), fs.readdirSync(folder).sort()]).toEqual([0o600, ['.evergrant', 'acme.json']]);
    expect(rowsOf(await stored().read())).toMatchObject(tokens(2));
  });

  test('is saved through a link in the file behind it', async () => {
    const link = path.join(root, 'link.json');
    fs.symlinkSync(file, link);
    await save(2, link);
    expect([fs.readlinkSync(link), fileRows()['refresh_token']]).toEqual([file, 'refresh-2']);
    expect(fs.readdirSync(root).sort()).toEqual(['environments', 'link.json']);
  });

  test('is saved when no space was preallocated', async () => {
    const locked = await stored().lock(0);
    locked.keep(tokens(2));
    await locked.settle();
    await locked.release();
    expect(fileRows()).toMatchObject(tokens(2));
  });

  test.each([
    ['removed', () => fs.rmSync(file)],
    ['emptied', () => fs.writeFileSync(file, '')],
    ['cut off', () => fs.truncateSync(file, 100)],
    [
      'given a row for tokens that is switched off',
      () => rewrite((text) => text.replace(/("key": "refresh_token",[^}]*"enabled": )true/, '$1false')),
    ],
    ['given a property twice', () => rewrite((text) => text.replace('{', '{ "name": "acme", '))],
    [
      'given a row for tokens twice',
      () => rewrite((text) => text.replace(/\{[^{}]*"key": "access_token"[^}]*\}/, '$&, $&')),
    ],
    [
      'given a row without a value',
      () => rewrite((text) => text.replace(/("key": "refresh_token",[^}]*"value": )"[^"]*"/, '$1{}')),
    ],
    ['replaced by a list', () => fs.writeFileSync(file, '[]')],
    ['made too large', () => fs.writeFileSync(file, 'x'.repeat(11_000_000))],
  ])('is saved when the file was %s after it was read, and read again', async (_, spoil) => {
    const locked = await stored().lock(0);
    await locked.read();
    await locked.prepareSave({});
    spoil();
    await locked.read().catch(() => undefined); // as after a refusal
    locked.keep(tokens(2));
    await locked.settle();
    await locked.release();
    expect(fileRows()).toMatchObject({ ...rows, ...tokens(2) });
  });

  const rewrite = (change: (text: string) => string): void => {
    const before = fs.readFileSync(file, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    fs.writeFileSync(file, after);
  };

  test('keeps what someone else wrote into the file meanwhile', async () => {
    const locked = await stored().lock(0);
    await locked.prepareSave({});
    fs.writeFileSync(file, environmentText('acme', { ...rows, scopes: 'new' }));
    locked.keep(tokens(2));
    await locked.settle();
    await locked.release();
    expect(fileRows()).toMatchObject({ ...tokens(2), scopes: 'new' });
  });

  test('is kept with the four before it, for their owner only', async () => {
    for (let generation = 2; generation <= 11; generation++) await save(generation);
    const expected = [7, 8, 9, 10, 11].map((generation) => `generation-${generation}.json`);
    expect(keptIn()).toEqual([...expected, 'lock'].sort());
    const places = expected.map((name) => path.join(folder, '.evergrant', 'acme.json', name));
    expect(places.map((place) => fileRows(place)['refresh_token'])).toEqual(
      [7, 8, 9, 10, 11].map((one) => `refresh-${one}`),
    );
    expect(places.map(modeOf)).toEqual(expected.map(() => 0o600));
  });
});

describe('the folder beside an environment', () => {
  const ignored = (): string => fs.readFileSync(path.join(folder, '.evergrant', '.gitignore'), 'utf8');

  test('is ignored by git, and its owner’s only', async () => {
    await (await stored().lock(0)).release();
    expect([ignored(), keptIn(), modeOf(path.join(folder, '.evergrant', 'acme.json'))]).toEqual([
      '*\n',
      ['lock'],
      0o700,
    ]);
  });

  test('is ignored by git also when a process was killed while making it', async () => {
    fs.mkdirSync(path.join(folder, '.evergrant', 'acme.json'), { recursive: true });
    await (await stored().lock(0)).release();
    expect(ignored()).toBe('*\n');
  });

  test('is one and the same for a file and a link to it, and so is the lock', async () => {
    const link = path.join(root, 'link.json');
    fs.symlinkSync(file, link);
    const locked = await storedAt(link).lock(0);
    await expect(stored().lock(0)).rejects.toMatchObject({ kind: 'busy' });
    await locked.release();
    await (await stored().lock(0)).release();
  });

  test('serves two environments, each with its own lock', async () => {
    const other = path.join(folder, 'other.json');
    fs.copyFileSync(file, other);
    const [one, two] = [await stored().lock(0), await storedAt(other).lock(0)];
    await one.release();
    await two.release();
    expect(fs.readdirSync(path.join(folder, '.evergrant')).sort()).toEqual(['.gitignore', 'acme.json', 'other.json']);
  });

  test.each<[string, (victim: string) => void]>([
    ['.evergrant', (victim) => fs.symlinkSync(victim, path.join(folder, '.evergrant'))],
    ['its own folder', (victim) => (makeKeep(), fs.symlinkSync(victim, path.join(folder, '.evergrant', 'acme.json')))],
    ['its lock', (victim) => fs.symlinkSync(path.join(victim, 'new'), ownFile('x').replace(/[^/]+$/, 'lock'))],
  ])('is never reached through a link at %s', async (_, plant) => {
    const victim = path.join(root, 'victim');
    fs.mkdirSync(victim);
    plant(victim);
    await expect(stored().lock(0)).rejects.toMatchObject({ kind: 'invalid' });
    expect(fs.readdirSync(victim)).toEqual([]);
  });

  test('is not used when others may write it', async () => {
    makeKeep();
    fs.chmodSync(path.join(folder, '.evergrant'), 0o777);
    await expect(stored().lock(0)).rejects.toMatchObject({ code: 'foreign_file' });
  });

  test('keeps generations past links that stand in their places', async () => {
    const victim = path.join(root, 'victim');
    fs.writeFileSync(victim, 'precious');
    fs.symlinkSync(victim, ownFile('x').replace(/[^/]+$/, 'generation-2.json'));
    await save(2);
    expect([fs.readFileSync(victim, 'utf8'), keptIn()]).toEqual([
      'precious',
      ['generation-1.json', 'generation-2.json', 'lock'],
    ]);
  });

  test('gets a newer generation than a file that was put in place during the request', async () => {
    const locked = await stored().lock(0);
    await locked.prepareSave({});
    fs.writeFileSync(file, environmentText('acme', { ...rows, generation: '7' }));
    locked.keep(tokens(2));
    await locked.settle();
    await locked.release();
    expect(fileRows()).toMatchObject({ generation: '8', refresh_token: 'refresh-2' });
  });

  test('that cannot be made prevents the request, and says so', async () => {
    fs.writeFileSync(path.join(folder, '.evergrant'), 'a file');
    await expect(stored().lock(0)).rejects.toMatchObject({ kind: 'invalid', code: 'not_writable' });
  });
});

describe('a token set that waits', () => {
  const waiting = (generation: number, more: Record<string, string> = {}): string =>
    environmentText('acme', { ...rows, ...tokens(generation), ...more });
  const places = (): Record<string, string> => {
    const [found = ''] = fs.existsSync(state) ? fs.readdirSync(state) : [];
    return { recovery: beside('recovery'), next: ownFile('next'), state: path.join(state, found) };
  };

  async function pickUp(): Promise<boolean> {
    const locked = await stored().lock(0);
    try {
      return await locked.pickUpRecovery();
    } finally {
      await locked.release();
    }
  }

  /** Where the state folder keeps this environment's, found by making the first place impossible. */
  async function statePlace(): Promise<string> {
    fs.mkdirSync(beside('recovery'));
    await failToSave(2);
    fs.rmdirSync(beside('recovery'));
    const { state: place } = places();
    return place ?? '';
  }

  /** A target that is a folder takes no token set. */
  async function failToSave(generation: number): Promise<unknown> {
    const before = fs.readFileSync(file, 'utf8');
    const locked = await stored().lock(0);
    await locked.prepareSave({});
    fs.rmSync(file);
    fs.mkdirSync(file);
    const failure = await Promise.resolve()
      .then(() => locked.keep(tokens(generation)))
      .then(() => locked.settle())
      .catch((error: unknown) => error);
    await locked.release();
    fs.rmdirSync(file);
    fs.writeFileSync(file, before);
    return failure;
  }

  test('does so beside the environment when that could not be written, for its owner only', async () => {
    expect(await failToSave(2)).toMatchObject({
      kind: 'not_saved',
      message: expect.stringContaining(`they are in ${beside('recovery')}`),
    });
    expect([fileRows(beside('recovery')), modeOf(beside('recovery'))]).toEqual([
      { ...fileRows(), ...tokens(2) },
      0o600,
    ]);
    expect(await stored().hasRecovery()).toBe(true);
    expect(preallocationsIn()).toEqual([]);
  });

  test('does so in the state folder when beside the environment there is no place', async () => {
    const place = await statePlace();
    expect([path.dirname(place), modeOf(place), fileRows(place)['refresh_token']]).toEqual([state, 0o600, 'refresh-2']);
  });

  test.each(['recovery', 'next', 'state'])('in %s is put in place by the next run', async (which) => {
    const place = which === 'state' ? await statePlace() : (places()[which] ?? '');
    fs.writeFileSync(place, waiting(2), { mode: 0o600 });
    const others = fileRows()['my_note'];
    // What only a process could leave that was out of all other places is found with the lock.
    expect([await stored().hasRecovery(), await pickUp(), await stored().hasRecovery()]).toEqual([
      which !== 'next',
      true,
      false,
    ]);
    expect(fileRows()).toEqual({ ...rows, ...tokens(2), my_note: others });
    expect([fs.existsSync(place), modeOf(file)]).toEqual([false, 0o600]);
  });

  test.each([
    ['of the same generation', waiting(1)],
    ['of an older generation', waiting(0)],
    ['without access token', waiting(2, { access_token: '' })],
    ['cut off', waiting(2).slice(0, 200)],
    ['followed by unused space', `${waiting(2)}${'\0'.repeat(1000)}`],
    ['of unused space alone', '\0'.repeat(1000)],
    ['empty', ''],
  ])('is ignored when it is %s', async (_, text) => {
    fs.writeFileSync(beside('recovery'), text);
    fs.writeFileSync(ownFile('next'), text);
    const before = fs.readFileSync(file, 'utf8');
    expect([await pickUp(), fs.readFileSync(file, 'utf8')]).toEqual([false, before]);
    expect([await stored().hasRecovery(), preallocationsIn()]).toEqual([false, []]);
  });

  test('of another app is kept as a generation, from where it comes back with its app', async () => {
    fs.writeFileSync(beside('recovery'), waiting(2, { client_id: 'another' }));
    const before = fs.readFileSync(file, 'utf8');
    expect([await pickUp(), fs.readFileSync(file, 'utf8'), await stored().hasRecovery()]).toEqual([
      false,
      before,
      false,
    ]);
    const locked = await stored().lock(0);
    expect((await locked.candidates(1)).map((one) => valueOf(one, 'refresh_token'))).toEqual(['refresh-2']);
    await locked.release();
  });

  test('of an earlier consent is kept as a generation, as another customer may have had the name', async () => {
    const tokenOf = (event: string, iat: number): string => jwt({ authentication_event_id: event, iat });
    const there = { ...rows, access_token: tokenOf('second', 2000) };
    const waits = (iat: number): string => waiting(5, { access_token: tokenOf('first', iat) });
    fs.writeFileSync(file, environmentText('acme', there));
    fs.writeFileSync(beside('recovery'), waits(1000));
    expect([await pickUp(), fileRows()['access_token'], await stored().hasRecovery()]).toEqual([
      false,
      there.access_token,
      false,
    ]);
    const locked = await stored().lock(0);
    expect((await locked.candidates(1)).map((one) => valueOf(one, 'generation'))).toEqual(['5']);
    await locked.release();
    fs.writeFileSync(beside('recovery'), waits(3000)); // a later one, whose answer could not be saved
    expect([await pickUp(), fileRows()['access_token']]).toEqual([true, tokenOf('first', 3000)]);
  });

  test.each([
    ['before', '', rows['client_id'] ?? ''],
    ['since', rows['client_id'] ?? '', ''],
  ])('is of the same app when its client id came from elsewhere %s', async (_, then, now) => {
    fs.writeFileSync(beside('recovery'), waiting(2, { client_id: then }));
    fs.writeFileSync(file, environmentText('acme', { ...rows, client_id: now }));
    expect([await pickUp(), fileRows()['refresh_token']]).toEqual([true, 'refresh-2']);
  });

  test('in several places is the newest of them', async () => {
    fs.writeFileSync(beside('recovery'), waiting(3));
    fs.writeFileSync(ownFile('next'), waiting(4));
    expect([await pickUp(), fileRows()['refresh_token'], await stored().hasRecovery()]).toEqual([
      true,
      'refresh-4',
      false,
    ]);
  });

  test('changes none of the rows that a user may have changed since', async () => {
    fs.writeFileSync(beside('recovery'), waiting(2, { scopes: 'old', tenant_id: 'old' }));
    fs.writeFileSync(file, environmentText('acme', { ...rows, scopes: 'new' }));
    await pickUp();
    expect(fileRows()).toMatchObject({ ...tokens(2), scopes: 'new' });
    expect(fileRows()).not.toHaveProperty('tenant_id');
  });

  test('of a consent that nobody has judged is never the environment’s own: it waits, and a second one is set aside', async () => {
    const unjudged = (token: string): string =>
      waiting(2, { consent_state: 'another-state', access_token: `access-${token}`, refresh_token: token });
    fs.writeFileSync(ownFile('next'), unjudged('a'), { mode: 0o600 });
    fs.writeFileSync(beside('recovery'), unjudged('b'), { mode: 0o600 });
    expect([await pickUp(), fileRows()['refresh_token']]).toEqual([false, 'refresh-1']);
    const kept = keptIn().filter((name) => /^(pending|refused-.*)\.json$/.test(name));
    const texts = kept.map((name) => fs.readFileSync(path.join(folder, '.evergrant/acme.json', name), 'utf8'));
    expect(texts.map((text) => /"access-(\w)"/.exec(text)?.[1]).sort()).toEqual(['a', 'b']);
    expect([kept.length, kept[0], preallocationsIn(), await stored().hasRecovery()]).toEqual([
      2,
      'pending.json',
      [],
      false,
    ]);
  });

  test('stays in the preallocated file when no other place takes it', async () => {
    fs.mkdirSync(beside('recovery'));
    fs.writeFileSync(state, 'a file');
    expect(await failToSave(2)).toMatchObject({ kind: 'not_saved' });
    fs.rmdirSync(beside('recovery'));
    fs.rmSync(state);
    expect([preallocationsIn().length, await pickUp(), fileRows()['refresh_token']]).toEqual([1, true, 'refresh-2']);
    expect(preallocationsIn()).toEqual([]);
  });

  test.each<[string, (place: string) => void]>([
    ['that others may write', (place) => fs.chmodSync(place, 0o666)],
    ['that is a link', (place) => (fs.renameSync(place, `${place}.real`), fs.symlinkSync(`${place}.real`, place))],
    ...(isRoot
      ? [['of another user', (place: string) => fs.chownSync(place, nobody, nobody)] satisfies [string, unknown]]
      : []),
  ])('is neither used nor cleared in a file %s', async (_, spoil) => {
    fs.writeFileSync(beside('recovery'), waiting(9), { mode: 0o600 });
    spoil(beside('recovery'));
    expect([await pickUp(), fileRows()['refresh_token']]).toEqual([false, 'refresh-1']);
    expect(fs.lstatSync(beside('recovery'), { throwIfNoEntry: false })).toBeDefined();
  });

  test('is not looked for where the state folder cannot be', async () => {
    const none = environmentInFile('acme', file, path.join(file, 'below', 'state'));
    const locked = await none.lock(0);
    expect(await locked.pickUpRecovery()).toBe(false);
    await locked.release();
  });

  test.runIf(isRoot)('is not looked for in a state folder of somebody else', async () => {
    fs.mkdirSync(path.join(state, 'below'), { recursive: true });
    fs.chmodSync(state, 0o700);
    for (const place of [root, folder, file]) fs.chownSync(place, nobody, nobody);
    const child = startChild(
      `const { environmentInFile } = dist('environment/files/file-store.js');
       const locked = await environmentInFile('acme', args[0], args[1]).lock(0);
       try { say(String(await locked.pickUpRecovery())); } catch (error) { say(error.code); }
       await locked.release();`,
      [file, path.join(state, 'below')],
      { uid: nobody },
    );
    expect(await child.line()).toBe('false');
  });
});

describe('an environment that cannot be read', () => {
  test.each<[string, () => void, string]>([
    ['absent', () => fs.rmSync(file), 'no_environment'],
    ['a folder', () => (fs.rmSync(file), fs.mkdirSync(file)), 'a_folder'],
    ['a dangling link', () => (fs.rmSync(file), fs.symlinkSync('nowhere.json', file)), 'dangling_link'],
    ['a link to itself', () => (fs.rmSync(file), fs.symlinkSync('acme.json', file)), 'unreadable'],
    ['50 MB long', () => fs.truncateSync(file, 50 * 1024 * 1024), 'too_large'],
    ['empty', () => fs.writeFileSync(file, ''), 'empty_file'],
    ['cut off', () => fs.truncateSync(file, 50), 'not_json'],
    ['binary', () => fs.writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 1])), 'not_utf8'],
  ])('says so when it is %s', async (_, spoil, code) => {
    const expected = { kind: 'invalid', code, message: expect.stringContaining(file) };
    const locked = await stored().lock(0);
    spoil();
    await expect(stored().read()).rejects.toThrow(expect.objectContaining(expected));
    await expect(locked.prepareSave({})).rejects.toThrow(expect.objectContaining(expected));
    await locked.release();
  });

  test('is not locked, and nothing is made for it, when it was never there', async () => {
    fs.rmSync(file);
    await expect(stored().lock(0)).rejects.toMatchObject({ kind: 'invalid', code: 'no_environment' });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('says so when its folder is a file', async () => {
    const below = path.join(file, 'acme.json');
    await expect(storedAt(below).read()).rejects.toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'unreadable' }),
    );
  });

  test('says how many megabytes it has', async () => {
    fs.truncateSync(file, 50 * 1024 * 1024);
    await expect(stored().read()).rejects.toThrow(`${file} is no environment: it has 50 MB`);
  });

  test('is read with a byte order mark and Windows line ends', async () => {
    fs.writeFileSync(file, `\uFEFF${environmentText('acme', rows).replaceAll('\n', '\r\n')}`);
    expect(rowsOf(await stored().read())).toMatchObject(rows);
  });

  test.runIf(isRoot)('says so when it is somebody else’s', async () => {
    fs.chmodSync(root, 0o755);
    const child = startChild(
      `const { environmentInFile } = dist('environment/files/file-store.js');
       try { await environmentInFile('acme', args[0], args[1]).read(); } catch ({ kind, code, message }) { say([kind, code, message].join('|')); }`,
      [file, state],
      { uid: nobody },
    );
    expect(await child.line()).toBe(`invalid|unreadable|cannot read ${file} (EACCES)`);
  });
});

describe('an environment that cannot be written', () => {
  const refusal = `const { environmentInFile } = dist('environment/files/file-store.js');
    try {
      const locked = await environmentInFile('acme', args[0], args[1]).lock(0);
      try { await locked.prepareSave({}); say('prepared'); } finally { await locked.release(); }
    } catch ({ kind, code, message }) { say([kind, code, message].join('|')); }`;

  test('says so before anything is sent when the disk is full', async () => {
    const before = fs.readFileSync(file, 'utf8');
    const child = startChild(refusal, [file, state], { largestFileBytes: 10_240 });
    expect(await child.line()).toBe(`invalid|not_writable|cannot write ${file} (EFBIG); nothing was spent`);
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(folder).sort()]).toEqual([
      before,
      ['.evergrant', 'acme.json'],
    ]);
  });

  test.runIf(isRoot)('says so before anything is sent when its folder is read-only', async () => {
    await (await stored().lock(0)).release();
    fs.chmodSync(root, 0o755);
    fs.chownSync(file, nobody, nobody);
    for (const made of ['', 'acme.json', 'acme.json/lock'])
      fs.chownSync(path.join(folder, '.evergrant', made), nobody, nobody);
    const child = startChild(refusal, [file, state], { uid: nobody });
    const why = `EACCES: ${folder} is in the way`;
    expect(await child.line()).toBe(`invalid|not_writable|cannot write ${file} (${why}); nothing was spent`);
  });

  test.each([
    ['a row that is switched off', (one: object) => ({ ...one, enabled: false }), 'switched_off'],
    ['a row that stands twice', (one: object) => [one, one], 'duplicate_key'],
  ])('says so before anything is sent when it has %s', async (_, change, code) => {
    const content = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string }[] };
    const values = content.values.flatMap((one) => (one.key === 'refresh_token' ? change(one) : one));
    const text = JSON.stringify({ ...content, values });
    fs.writeFileSync(file, text);
    const locked = await stored().lock(0);
    await expect(locked.prepareSave({})).rejects.toThrow(expect.objectContaining({ kind: 'invalid', code }));
    await locked.release();
    expect([fs.readFileSync(file, 'utf8'), fs.existsSync(beside('next'))]).toEqual([text, false]);
  });
});

describe('an environment in a git repository', () => {
  const git = (...args: string[]): void => void execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore' });

  beforeEach(() => {
    git('init');
  });

  test('is refused when git tracks it', async () => {
    git('add', '--force', 'acme.json');
    await expect(stored().lock(0)).rejects.toMatchObject({ kind: 'invalid', code: 'tracked_by_git' });
    expect(fs.existsSync(path.join(folder, '.evergrant'))).toBe(false);
  });

  test('is refused through a link when git tracks the file behind it', async () => {
    const link = path.join(root, 'link.json');
    fs.symlinkSync(file, link);
    git('add', '--force', 'acme.json');
    await expect(storedAt(link).lock(0)).rejects.toMatchObject({ code: 'tracked_by_git' });
  });

  test('is served when git does not track it, and leaves nothing that git would add', async () => {
    fs.writeFileSync(path.join(folder, '.gitignore'), 'acme.json\n');
    git('add', '--all');
    await save(2);
    const added = execFileSync('git', ['-C', folder, 'status', '--porcelain', '--untracked-files=all']);
    expect(added.toString()).toBe('A  .gitignore\n');
  });
});

describe('the lock of an environment', () => {
  test('removes the preallocated file when it is released', async () => {
    const locked = await stored().lock(0);
    await locked.prepareSave({});
    const sizes = preallocationsIn().map(
      (name) => fs.statSync(path.join(folder, '.evergrant', 'acme.json', name)).size,
    );
    expect([sizes.length, (sizes[0] ?? 0) > 64 * 1024]).toEqual([1, true]);
    await locked.release();
    expect(preallocationsIn()).toEqual([]);
  });

  test('keeps the time of a Retry-After', async () => {
    const until = new Date('2026-11-22T10:05:00.000Z');
    const first = await stored().lock(0);
    expect(await first.retryAfter()).toBeNull();
    await first.setRetryAfter(until);
    await first.release();
    const second = await stored().lock(0);
    expect(await second.retryAfter()).toEqual(until);
    await second.setRetryAfter(null);
    await second.release();
    const third = await stored().lock(0);
    expect(await third.retryAfter()).toBeNull();
    await third.release();
  });

  test('has no such time when its note is corrupt', async () => {
    await (await stored().lock(0)).release();
    fs.writeFileSync(path.join(folder, '.evergrant', 'acme.json', 'lock'), '{"postponedUntil":"soon"}');
    const locked = await stored().lock(0);
    expect(await locked.retryAfter()).toBeNull();
    await locked.release();
  });

  test('makes rows durable that are not tokens', async () => {
    const locked = await stored().lock(0);
    await locked.write({ refresh_started_at: '', tenant_name: 'Grüße "Ltd"' });
    await locked.release();
    expect(fileRows()).toMatchObject({ ...rows, refresh_started_at: '', tenant_name: 'Grüße "Ltd"' });
  });
});
