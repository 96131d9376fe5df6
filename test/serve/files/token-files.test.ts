import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../../scripts/context';
import type * as ContextModule from '../../../scripts/context';
import type * as TokenFilesModule from '../../../scripts/serve/files/token-files';
import type * as PlaceModule from '../../../scripts/serve/files/place';
import type * as Silent from '../../../scripts/terminal/silent';
import { built } from '../../proofs/support/built';
import { environmentOf, jwt, webApp } from '../../support/environments';
import { makeWorkplace, type Workplace } from '../../support/program';

const { TokenFiles } = built<typeof TokenFilesModule>('serve/files/token-files');
const { tokenPlace } = built<typeof PlaceModule>('serve/files/place');
const { systemContext } = built<typeof ContextModule>('context');
const { silentConsole } = built<typeof Silent>('terminal/silent');

let place: Workplace;
let folder: string;
let context: Context;
let offsetMs: number;
let said: string[];

beforeEach(() => {
  place = makeWorkplace();
  folder = path.join(place.folder, 'tokens');
  [offsetMs, said] = [0, []];
  context = systemContext({
    folder: path.join(place.folder, 'environments'),
    env: () => ({}),
    now: () => new Date(Date.now() + offsetMs),
    console: { ...silentConsole(), say: (line) => void said.push(line) },
  });
});

/** Writes an environment with a token of this number, good for half an hour. */
function connect(name: string, number: number, rows: Readonly<Record<string, string>> = {}): void {
  const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + offsetMs + 1_800_000);
  const token = jwt({ exp: expiresAt.getTime() / 1000, number });
  const all = {
    ...webApp,
    access_token: token,
    refresh_token: `refresh-${number}`,
    access_token_expires_at: expiresAt.toISOString(),
    generation: String(number),
    grant_status: 'connected',
    ...rows,
  };
  place.write(name, environmentOf(all, name).text);
}

type Files = Awaited<ReturnType<typeof TokenFiles.open>>;

function open(format: 'json' | 'raw' | 'env' = 'json', mode = 0o600, gid?: number): Promise<Files> {
  const options = { place: tokenPlace(path.join(folder, '{name}.token')), format, readers: { mode, gid } };
  return TokenFiles.open(options, context);
}

const there = (): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []);
const held = (name: string): string => fs.readFileSync(path.join(folder, `${name}.token`), 'utf8');
const tokenOf = (name: string): unknown => (JSON.parse(held(name)) as Record<string, unknown>)['access_token'];

describe('token files', () => {
  test('hold the token of each environment, and each new one, whoever has refreshed it', async () => {
    connect('acme', 1);
    connect('bakery', 1);
    const files = await open();
    await files.update();
    expect(there()).toEqual(['acme.token', 'bakery.token']);
    expect(tokenOf('acme')).toBe(place.rows('acme')['access_token']);
    const before = fs.statSync(path.join(folder, 'bakery.token')).ino;
    connect('acme', 2);
    await files.update();
    expect(tokenOf('acme')).toBe(place.rows('acme')['access_token']);
    expect(fs.statSync(path.join(folder, 'bakery.token')).ino).toBe(before);
    expect(held('acme')).not.toMatch(/refresh-|the-client-secret/);
    expect(said).toEqual([]);
  });

  test.each(['json', 'raw', 'env'] as const)('in %s, are taken over by the next run', async (format) => {
    connect('acme', 1);
    await (await open(format)).update();
    const before = fs.statSync(path.join(folder, 'acme.token')).ino;
    const files = await open(format);
    await files.update();
    expect(fs.statSync(path.join(folder, 'acme.token')).ino).toBe(before);
    connect('acme', 2);
    await files.update();
    expect(held('acme')).toContain(place.rows('acme')['access_token']);
  });

  test('are removed when the token has expired, even where the store can’t be read', async () => {
    connect('acme', 1);
    const files = await open();
    await files.update();
    place.write('acme', '{');
    await files.update();
    expect(there()).toEqual(['acme.token']);
    offsetMs = 1_700_000;
    await files.update();
    expect(there()).toEqual(['acme.token']);
    offsetMs = 1_801_000;
    await files.update();
    expect(there()).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['gone', () => fs.rmSync(place.fileOf('acme'))],
    ['refused', () => connect('acme', 1, { grant_status: 'consent_needed' })],
    [
      'handed over',
      () => connect('acme', 1, { access_token: '', refresh_token: '', handed_over_at: '2026-01-01T00:00:00.000Z' }),
    ],
  ])('are removed when the environment is %s; a later run does that, too', async (_, end) => {
    for (const isSame of [true, false]) {
      connect('acme', 1);
      connect('bakery', 1);
      const files = await open();
      await files.update();
      expect(there()).toEqual(['acme.token', 'bakery.token']);
      end();
      await (isSame ? files : await open()).update();
      expect(there()).toEqual(['bakery.token']);
    }
  });

  test('are put back when somebody has removed them', async () => {
    connect('acme', 1);
    const files = await open();
    await files.update();
    fs.rmSync(folder, { recursive: true });
    await files.update();
    expect(there()).toEqual(['acme.token']);
  });

  test('have their mode and group', async () => {
    connect('acme', 1);
    const gid = process.getuid?.() === 0 ? 1234 : process.getgid?.();
    const files = await open('raw', 0o640, gid);
    await files.update();
    const { mode, gid: group } = fs.statSync(path.join(folder, 'acme.token'));
    expect([mode & 0o777, group]).toEqual([0o640, gid]);
  });

  test('never take the place of another file, nor follow a link', async () => {
    connect('acme', 1);
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.writeFileSync(path.join(folder, 'acme.token'), 'something of value', { mode: 0o600 });
    await expect(open()).rejects.toMatchObject({ kind: 'invalid', code: 'no_token_file' });
    fs.rmSync(path.join(folder, 'acme.token'));
    const files = await open();
    const target = path.join(place.folder, 'target');
    fs.writeFileSync(target, 'something of value');
    fs.symlinkSync(target, path.join(folder, 'acme.token'));
    await files.update();
    await files.update();
    expect([fs.readFileSync(target, 'utf8'), said.length]).toEqual(['something of value', 1]);
    expect(said[0]).toMatch(/acme\.token is a link/);
    fs.rmSync(path.join(folder, 'acme.token'));
    await files.update();
    expect(tokenOf('acme')).toBe(place.rows('acme')['access_token']);
    fs.writeFileSync(path.join(folder, 'acme.token'), 'something of value', { mode: 0o600 });
    connect('acme', 2);
    await files.update();
    expect(held('acme')).toBe('something of value');
  });

  test('leave other files alone, and halves of a killed run no longer than a minute', async () => {
    connect('acme', 1);
    fs.mkdirSync(folder, { mode: 0o700 });
    const entries = ['readme', 'stranger.token', '.acme.token.0123456789ab.tmp', '.acme.token.ba9876543210.tmp'];
    for (const entry of entries) fs.writeFileSync(path.join(folder, entry), 'x', { mode: 0o600 });
    fs.utimesSync(path.join(folder, entries[2] ?? ''), 0, 0);
    await (await open()).update();
    expect(there()).toEqual(['.acme.token.ba9876543210.tmp', 'acme.token', 'readme', 'stranger.token']);
  });

  test('one that is in the way stops no other, and is said once', async () => {
    connect('acme', 1);
    connect('bakery', 1);
    const files = await open();
    fs.mkdirSync(path.join(folder, 'acme.token'));
    await files.update();
    await files.update();
    expect([there(), said.length]).toEqual([['acme.token', 'bakery.token'], 1]);
  });
});
