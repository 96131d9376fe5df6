import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../../support/program';
import { refusal } from '../../support/refusal';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';
import { isWithoutTerminal, startOnTerminal } from '../../support/terminal';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), tenant_name: 'Maple Bakery' }));
});

/** Every file below the folder that holds one of these texts. */
function filesWith(...texts: string[]): string[] {
  const files = fs.readdirSync(place.folder, { recursive: true, encoding: 'utf8' });
  const plain = files.filter((file) => fs.statSync(path.join(place.folder, file)).isFile());
  return plain.filter((file) => {
    const text = fs.readFileSync(path.join(place.folder, file), 'utf8');
    return texts.some((one) => text.includes(one));
  });
}

test('--yes removes the file and every token that is kept; the history stays', async () => {
  const before = place.rows('acme');
  await place.run(['refresh', 'acme', '--force']);
  const after = place.rows('acme');
  expect(await place.run(['remove', 'acme', '--yes'])).toEqual({ code: 0, stdout: 'acme: removed\n', stderr: '' });
  const tokens = [before, after].flatMap((rows) => [rows['access_token'] ?? '', rows['refresh_token'] ?? '']);
  expect(filesWith(...tokens, before['client_secret'] ?? '')).toEqual([]);
  expect((await place.run(['log', 'acme'])).stdout).toContain('refreshed');
  expect(await place.run(['remove', 'acme', '--yes'])).toMatchObject(refusal(2, /no environment acme/, /init acme/));
  expect(xero.accepts(after['refresh_token'] ?? '')).toBe(true);
});

test('--revoke ends the consent at Xero first', async () => {
  const { refresh_token: token = '' } = place.rows('acme');
  expect(await place.run(['remove', 'acme', '--revoke', '--yes'])).toMatchObject({
    code: 0,
    stdout: 'acme: disconnected at Xero\nacme: removed\n',
  });
  expect([xero.accepts(token), fs.existsSync(place.fileOf('acme'))]).toEqual([false, false]);
});

describe('a link to an environment', () => {
  const linked = (): string => place.fileOf('acme-link');

  beforeEach(() => fs.symlinkSync(path.basename(place.fileOf('acme')), linked()));

  test('goes alone: the file behind it stays, with all tokens that are kept', async () => {
    await place.run(['refresh', 'acme', '--force']);
    const [text, kept] = [fs.readFileSync(place.fileOf('acme'), 'utf8'), filesWith('"access_token"')];
    expect(await place.run(['remove', 'acme-link', '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme-link: removed, which was a link; .*acme\.postman_environment\.json stays/),
    });
    expect(fs.existsSync(linked())).toBe(false);
    expect([fs.readFileSync(place.fileOf('acme'), 'utf8'), filesWith('"access_token"')]).toEqual([
      text,
      kept.filter((file) => !file.endsWith(path.basename(linked()))),
    ]);
  });

  test('is no second environment, for whatever is done with all', async () => {
    const own = { EVERGRANT_KEY_FILE: path.join(place.folder, 'the.key') };
    expect(await place.run(['list'])).toMatchObject({ stdout: 'acme\n' });
    expect((await place.run(['status'])).stdout).not.toContain('acme-link');
    expect(await place.run(['key', 'init', '--to', own.EVERGRANT_KEY_FILE], { variables: own })).toMatchObject({
      code: 0,
    });
    expect(await place.run(['seal', '--all'], { variables: own })).toMatchObject({ code: 0 });
  });

  test('goes also where nothing is behind it', async () => {
    fs.rmSync(place.fileOf('acme'));
    expect(await place.run(['remove', 'acme-link', '--yes'])).toMatchObject({ code: 0 });
    expect(fs.lstatSync(linked(), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('has no consent of its own to be revoked', async () => {
    const { refresh_token: token = '' } = place.rows('acme');
    expect(await place.run(['remove', 'acme-link', '--revoke', '--yes'])).toMatchObject(
      refusal(2, /acme-link is a link/, /npx evergrant remove acme-link --yes/),
    );
    expect([xero.accepts(token), fs.existsSync(linked())]).toEqual([true, true]);
  });

  test('is no second connection of its user', async () => {
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), authorised_user_id: 'u-1' }));
    expect((await place.run(['doctor'])).stdout).not.toContain('same Xero user');
    fs.copyFileSync(place.fileOf('acme'), place.fileOf('birch'));
    expect((await place.run(['doctor'])).stdout).toContain('acme and birch are of the same Xero user');
  });
});

test('where --revoke fails, nothing is removed', async () => {
  const rows = place.rows('acme');
  place.write('acme', xero.environment('web', 'acme', { ...rows, client_secret: 'wrong' }));
  expect(await place.run(['remove', 'acme', '--revoke', '--yes'])).toMatchObject({ code: 7 });
  expect(place.rows('acme')['refresh_token']).toBe(rows['refresh_token']);
});

test('a spoilt file and one that is gone can be removed, with what is kept', async () => {
  const { refresh_token: token = '' } = place.rows('acme');
  await place.run(['refresh', 'acme', '--force']);
  place.write('acme', '{');
  expect(await place.run(['remove', 'acme', '--yes'])).toMatchObject({ code: 0 });
  expect(filesWith(token)).toEqual([]);
});

test.each<[string, () => void, string[], RegExp, RegExp]>([
  ['a live connection', () => undefined, [], /acme is connected to Maple Bakery/, /--revoke, or .*--yes/],
  [
    'one that is over, without a terminal',
    () =>
      place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), grant_status: 'consent_needed' })),
    [],
    /asks first, and there is no terminal/,
    /npx evergrant remove acme --yes/,
  ],
  ['a live one with --revoke, without a terminal', () => undefined, ['--revoke'], /no terminal/, /--revoke --yes/],
])('%s is not removed', async (_, prepare, args, message, hint) => {
  prepare();
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await place.run(['remove', 'acme', ...args])).toMatchObject({ ...refusal(2, message, hint), stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

describe.skipIf(isWithoutTerminal)('on a terminal', () => {
  test.each([
    ['y', 0, false],
    ['n', 2, true],
  ])('a person is asked, and %s is obeyed', async (answer, expected, isThere) => {
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), grant_status: 'consent_needed' }));
    const terminal = startOnTerminal(place.folder, ['remove', 'acme'], { columns: 100, lines: 20 });
    await terminal.shows('[y/N]');
    terminal.type(`${answer}\r`);
    expect((await terminal.ended).code).toBe(expected);
    expect(fs.existsSync(place.fileOf('acme'))).toBe(isThere);
  });
});
