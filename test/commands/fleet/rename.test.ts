import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../../support/program';
import { refusal } from '../../support/refusal';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(async () => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
});

const kept = (name: string): string[] => {
  const folder = path.join(place.folder, 'environments/.evergrant', `${name}.postman_environment.json`);
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
};
const innerName = (name: string): unknown =>
  (JSON.parse(fs.readFileSync(place.fileOf(name), 'utf8')) as { name: unknown }).name;

test('everything goes along: rows, the name inside, kept generations and the history', async () => {
  await place.run(['refresh', 'acme', '--force']);
  const [rows, generations] = [place.rows('acme'), kept('acme').filter((file) => file.startsWith('generation-'))];
  expect(await place.run(['rename', 'acme', 'birch'])).toEqual({
    code: 0,
    stdout: 'acme is birch now\n',
    stderr: 'links that were made before still find it; name it birch wherever programs name it\n',
  });
  expect([place.rows('birch'), innerName('birch'), fs.existsSync(place.fileOf('acme'))]).toEqual([
    rows,
    'birch',
    false,
  ]);
  expect(kept('birch').filter((file) => file !== 'told')).toEqual([...generations, 'lock']);
  expect(kept('acme')).toEqual(['lock', 'renamed-to']);
  expect(fs.statSync(place.fileOf('birch')).mode & 0o777).toBe(0o600);
  const { stdout } = await place.run(['log', 'birch']);
  expect(stdout).toMatch(/refreshed; now token .*\n.*renamed; until then it was acme/);
  const { stdout: status } = await place.run(['status', '--json']);
  expect((JSON.parse(status) as { environments: object[] }).environments).toMatchObject([
    { environment: 'birch', lastOutcome: 'refreshed' },
  ]);
  expect(await place.run(['refresh', 'birch', '--force'])).toMatchObject({ code: 0 });
  expect(await place.run(['restore', 'birch', '2'])).toMatchObject({ code: 0 });
});

test('the old name says what happened, and can be used again', async () => {
  await place.run(['rename', 'acme', 'birch']);
  await place.run(['rename', 'birch', 'cedar']);
  expect(await place.run(['token', 'acme'])).toMatchObject(
    refusal(2, /acme was renamed: it is cedar now/, /npx evergrant status cedar/),
  );
  expect(await place.run(['rename', 'cedar', 'acme'])).toMatchObject({ code: 0 });
  expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  const { attempts } = JSON.parse((await place.run(['log', 'acme', '--json'])).stdout) as {
    attempts: { outcome: string }[];
  };
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['renamed', 'renamed', 'renamed', 'refreshed']);
});

test('the log says each name that it had', async () => {
  await place.run(['rename', 'acme', 'birch']);
  await place.run(['rename', 'birch', 'acme']);
  await place.run(['rename', 'acme', 'birch']);
  const { stdout } = await place.run(['log', 'birch']);
  expect(stdout.match(/until then it was \w+/g)).toEqual(
    ['acme', 'birch', 'acme'].map((was) => `until then it was ${was}`),
  );
});

test.each([
  ['without a name', []],
  ['by its new name', ['birch']],
])('a link that was made before finds it, exchanged %s', async (_, name) => {
  const link = (await place.run(['consent', 'acme', '--no-check'])).stdout.trim();
  await place.run(['rename', 'acme', 'birch']);
  expect(await place.run(['exchange', ...name, xero.consent(link)])).toMatchObject({ code: 0 });
  expect(place.rows('birch')).toMatchObject({ grant_status: 'connected', tenant_name: 'Maple Bakery' });
});

test('a link of a name that another environment has now is not this one’s', async () => {
  const link = (await place.run(['consent', 'acme', '--no-check'])).stdout.trim();
  await place.run(['rename', 'acme', 'birch']);
  place.write('acme', xero.environment('web', 'acme', {}));
  expect(await place.run(['exchange', 'birch', xero.consent(link)])).toMatchObject({ code: 2 });
});

test('a name that a person gave it in Postman stays inside', async () => {
  place.write('acme', xero.environment('web', 'Acme Pty Ltd', xero.connectedRows()));
  await place.run(['rename', 'acme', 'birch']);
  expect(innerName('birch')).toBe('Acme Pty Ltd');
});

test('tokens that wait to be recovered are put in place first', async () => {
  const { generation: _, ...rows } = place.rows('acme');
  const newer = xero.environment('web', 'acme', { ...rows, refresh_token: 'newer', generation: '9' });
  fs.writeFileSync(path.join(place.folder, 'environments/.acme.postman_environment.json.recovery'), newer, {
    mode: 0o600,
  });
  expect(await place.run(['rename', 'acme', 'birch'])).toMatchObject({ code: 0 });
  expect(place.rows('birch')).toMatchObject({ refresh_token: 'newer', generation: '9' });
});

test.each<[string, () => unknown, string[], RegExp, RegExp]>([
  ['a name that is taken', () => place.write('birch', '{'), ['acme', 'birch'], /never overwrites/, /status birch/],
  ['its own name', () => undefined, ['acme', 'acme'], /has that name already/, /another/],
  ['a bad name', () => undefined, ['acme', 'No Name'], /no name for an environment/, /small letters/],
  ['an environment that is not there', () => undefined, ['nobody', 'birch'], /no environment nobody/, /init nobody/],
  [
    'a link',
    () => {
      fs.renameSync(place.fileOf('acme'), path.join(place.folder, 'acme.json'));
      fs.symlinkSync(path.join(place.folder, 'acme.json'), place.fileOf('acme'));
    },
    ['acme', 'birch'],
    /is a link/,
    /mv environments/,
  ],
  [
    'a name under which tokens are kept',
    async () => {
      place.write('birch', xero.environment('web', 'birch', xero.connectedRows()));
      await place.run(['refresh', 'birch', '--force']);
      fs.rmSync(place.fileOf('birch'));
    },
    ['acme', 'birch'],
    /tokens of an earlier environment birch are kept/,
    /restore birch, or remove them/,
  ],
])('%s is refused, and nothing is changed', async (_, prepare, args, message, hint) => {
  await prepare();
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await place.run(['rename', ...args])).toMatchObject({ ...refusal(2, message, hint), stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('refreshes that go on at the same time lose nothing', async () => {
  const runs = Array.from({ length: 4 }, () => place.run(['refresh', '--all', '--force', '--no-jitter']));
  expect(await place.run(['rename', 'acme', 'birch'])).toMatchObject({ code: 0 });
  await Promise.all(runs);
  xero.endGrace();
  expect(xero.accepts(place.rows('birch')['refresh_token'] ?? '')).toBe(true);
  expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
});
