import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../../support/program';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
let keyFile: string;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(async () => {
  place = makeWorkplace();
  keyFile = path.join(place.folder, 'the.key');
  for (const name of ['acme', 'birch']) {
    place.write(name, xero.environment('web', name, { ...xero.connectedRows(), authorised_user_id: name }));
  }
  await place.run(['key', 'init', '--to', keyFile]);
  expect(await run('seal', '--all')).toMatchObject({ code: 0 });
});

const run = (...args: string[]): Promise<Result> => place.run(args, { variables: { EVERGRANT_KEY_FILE: keyFile } });

interface Finding {
  readonly kind: string;
  readonly code: string;
  readonly problem: string;
  readonly mend: string;
}

/** The exit code of doctor, what it finds in environments, and what in all of them. */
async function doctor(variables: Record<string, string> = {}): Promise<[number | null, string[], Finding[]]> {
  const { code, stdout } = await place.run(['doctor', '--json'], { variables });
  const { environments, general } = JSON.parse(stdout) as {
    environments: { findings: Finding[] }[];
    general: Finding[];
  };
  const named = environments.flatMap((one) => one.findings.map((finding) => finding.code));
  return [code, named, general.filter(({ code: found }) => found !== 'no_escrow')];
}

describe('refresh of many', () => {
  const files = (): string[] => ['acme', 'birch'].map((name) => fs.readFileSync(place.fileOf(name), 'utf8'));

  test.each([
    ['--all', '--force'],
    ['acme', 'birch', '--force'],
  ])('%s %s says once that there is no key, and nothing is sent, marked or logged', async (...args) => {
    const [before, asked] = [files(), xero.requests.length];
    const { code, stdout, stderr } = await place.run(['refresh', ...args]);
    expect([code, stdout, stderr.split('\n').length]).toEqual([2, '', 3]);
    expect(stderr).toMatch(/^evergrant: secrets are sealed here, and this process has no key\n {2}→ say where it is: /);
    expect([files(), xero.requests.length]).toEqual([before, asked]);
    expect((await place.run(['log', 'acme', '--json'])).stdout).not.toContain('"invalid"');
  });

  test('of which one is not sealed on purpose, refreshes that one', async () => {
    await run('unseal', 'birch');
    const { code, stdout, stderr } = await place.run(['refresh', '--all', '--force', '--json']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('client_secret of acme is sealed')]);
    const { results } = JSON.parse(stdout) as { results: { outcome: string }[] };
    expect(results.map(({ outcome }) => outcome)).toEqual(['invalid', 'refreshed']);
  });

  test('with the key for access tokens alone is left to the machine that has the whole key', async () => {
    const half = path.join(place.folder, 'half.key');
    const lines = fs.readFileSync(keyFile, 'utf8').split('\n');
    fs.writeFileSync(half, lines.filter((line) => !line.includes(':refresh:')).join('\n'), { mode: 0o600 });
    const variables = { EVERGRANT_KEY_FILE: half };
    const { code, stderr } = await place.run(['refresh', '--all', '--force'], { variables });
    expect([code, stderr.split('\n').length]).toEqual([4, 3]);
    expect(stderr).toContain('is for access tokens alone: nothing can be refreshed here');
  });
});

describe('doctor', () => {
  test('says once that there is no key, however many environments are sealed', async () => {
    const general = [
      expect.objectContaining({ kind: 'invalid', code: 'no_key', mend: expect.stringContaining('EVERGRANT_KEY_FILE') }),
    ];
    expect(await doctor()).toEqual([2, [], general]);
    expect(await doctor({ EVERGRANT_KEY_FILE: keyFile })).toEqual([0, [], []]);
  });

  test('says once that the key is wrong, not whole, or cannot be read', async () => {
    const other = path.join(place.folder, 'other.key');
    await makeWorkplace().run(['key', 'init', '--to', other]);
    const [, , [wrong]] = await doctor({ EVERGRANT_KEY_FILE: other });
    expect(wrong).toMatchObject({ kind: 'invalid', code: 'wrong_key', mend: expect.stringContaining('key status') });
    const half = path.join(place.folder, 'half.key');
    const lines = fs.readFileSync(keyFile, 'utf8').split('\n');
    fs.writeFileSync(half, lines.filter((line) => !line.includes(':refresh:')).join('\n'), { mode: 0o600 });
    expect(await doctor({ EVERGRANT_KEY_FILE: half })).toMatchObject([
      0,
      [],
      [{ kind: 'warning', code: 'access_key_only' }],
    ]);
    expect(await doctor({ EVERGRANT_KEY_FILE: '/nowhere' })).toMatchObject([2, [], [{ code: 'no_key' }]]);
  });

  test('finds what else is wrong without the key', async () => {
    fs.chmodSync(place.fileOf('acme'), 0o644);
    const [code, named] = await doctor();
    expect([code, named]).toEqual([2, ['readable_by_others']]);
  });

  test.skipIf(process.platform === 'win32')('objects to a key file that others can read', async () => {
    fs.chmodSync(keyFile, 0o644);
    expect(await doctor({ EVERGRANT_KEY_FILE: keyFile })).toMatchObject([
      2,
      [],
      [{ kind: 'invalid', code: 'readable_key', mend: `chmod 600 ${keyFile}` }],
    ]);
  });

  test('warns of a key in a variable, and of keys in .env, where nobody reads them', async () => {
    const text = fs.readFileSync(keyFile, 'utf8');
    const [code, named, general] = await doctor({ EVERGRANT_KEY: text });
    expect([code, named, general.map((one) => [one.kind, one.code])]).toEqual([
      0,
      [],
      [['warning', 'key_in_variable']],
    ]);
    const line = `EVERGRANT_KEY=${text.replaceAll('\n', ' ')}\nEVERGRANT_KEY_COMMAND=cat key\nEVERGRANT_KEY_FILE=${keyFile}\n`;
    fs.writeFileSync(path.join(place.folder, '.env'), line, { mode: 0o600 });
    const [, , inVain] = await doctor();
    expect(inVain.map((one) => [one.kind, one.problem.split(' ')[0]])).toEqual([
      ['warning', 'EVERGRANT_KEY'],
      ['warning', 'EVERGRANT_KEY_COMMAND'],
    ]);
    expect((await place.run(['doctor'])).stdout).toMatch(/^EVERGRANT_KEY_FILE: from .+\.env\n/);
  });

  test('names environments with plain secrets, but for those that were unsealed on purpose', async () => {
    await run('unseal', 'birch');
    expect(await doctor({ EVERGRANT_KEY_FILE: keyFile })).toEqual([0, [], []]);
    place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
    const [code, named] = await doctor({ EVERGRANT_KEY_FILE: keyFile });
    expect([code, named.includes('unsealed')]).toEqual([0, true]);
    await run('key', 'reseal');
    expect((await doctor({ EVERGRANT_KEY_FILE: keyFile }))[1]).not.toContain('unsealed');
  });

  test('notes that there is no escrow, which is no fault', async () => {
    const { code, stdout } = await run('doctor');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^the key is not in escrow.+\n {2}→ a public key that age-keygen has made .+: npx evergrant key rotate --escrow PUBLIC_KEY/,
      ),
    });
  });
});

test('rename changes nothing, and names what is there', async () => {
  const { code, stderr } = await place.run(['rename', 'acme', 'cedar']);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^(?!.*of cedar)[^]*has no key/)]);
  expect([fs.existsSync(place.fileOf('acme')), fs.existsSync(place.fileOf('cedar'))]).toEqual([true, false]);
});

test.each([
  ['status', ['status']],
  ['its JSON', ['status', '--json']],
  ['its page', ['status', '--html', 'page.html']],
  ['its metrics', ['status', '--metrics', 'metrics.prom']],
  ['list', ['list', '--json']],
  ['log', ['log', 'acme', '--json']],
  ['a dry run', ['refresh', '--all', '--force', '--dry-run', '--json']],
])('%s works without the key, and shows nothing of what is sealed', async (_, args) => {
  const { code, stdout, stderr } = await place.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const files = ['page.html', 'metrics.prom']
    .map((name) => path.join(place.folder, name))
    .filter((file) => fs.existsSync(file));
  const shown = [stdout, ...files.map((file) => fs.readFileSync(file, 'utf8'))].join('\n');
  expect(shown).toContain('acme');
  expect(shown).not.toContain('evergrant:1:');
  for (const key of ['client_secret', 'access_token', 'refresh_token']) {
    const sealed = place.rows('acme')[key] ?? '';
    expect(sealed).toMatch(/^evergrant:1:/);
    expect(shown).not.toContain(sealed.split(/[.:]/).at(-1));
  }
});
