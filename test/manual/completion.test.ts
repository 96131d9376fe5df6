import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../scripts/program';
import { makeWorkplace, type Workplace } from '../support/program';
import { isWithoutShell } from '../support/system-tools';
import { shellsIn } from './shells';

let place: Workplace;

beforeAll(() => {
  place = makeWorkplace();
  for (const name of ['acme', 'acme-books', 'birch']) place.write(name, '{}');
  place.write('Maple Bakery', '{}');
  fs.mkdirSync(path.join(place.folder, 'other'));
  fs.writeFileSync(path.join(place.folder, 'other/zebra.postman_environment.json'), '{}');
});

const all = ['acme', 'acme-books', 'birch'];

/** What each shell offers for what has been typed. */
const offers: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['evergrant refr', ['refresh']],
  ['evergrant re', ['refresh', 'remove', 'rename', 'restore', 'revoke']],
  ['evergrant imp', ['import']],
  ['evergrant refresh --min', ['--min-validity']],
  ['evergrant refresh ac', ['acme', 'acme-books']],
  ['evergrant refresh acme bi', ['birch']],
  ['evergrant refresh --min-validity 5m ', all],
  ['evergrant --environments other token ', ['zebra']],
  ['evergrant --environments=other token ', ['zebra']],
  ['evergrant token --environments other z', ['zebra']],
  ['evergrant --store postgres://localhost:9/d ref', ['refresh']],
  ['evergrant --store=postgres://localhost:9/d ref', ['refresh']],
  ['evergrant refresh --store postgres://localhost:9/d ', []], // there is no such server
  ['evergrant init new --app-type ', ['custom_connection', 'pkce', 'web']],
  ['evergrant lint --format ', ['json', 'sarif', 'text']],
  ['evergrant lint --format=s', ['sarif']],
  ['evergrant schedule k', ['kubernetes']],
  ['evergrant exec a', ['acme', 'acme-books']],
  ['evergrant exec --patience 5s b', ['birch']],
  ['evergrant exec acme trunc', ['truncate']],
  ['evergrant exec acme -- trunc', ['truncate']],
  ['evergrant exec --wait 5s acme -- trunc', ['truncate']],
  ['evergrant help exi', ['exit-codes']],
  ['evergrant completion ', ['bash', 'fish', 'powershell', 'zsh']],
  ['evergrant qa --live=b', ['birch']],
  ['evergrant init a', []],
  ['evergrant client ', ['add', 'list', 'remove', 'rotate']],
  ['evergrant store m', ['migrate']],
  ['evergrant store migrate --p', ['--print']],
];

describe.each(['bash', 'zsh', 'fish'] as const)('the completion of %s', (shell) => {
  test.skipIf(isWithoutShell(shell))(
    'offers verbs, flags, their values and environments’ names',
    async () => {
      const offered = await shellsIn(place)[shell](offers.map(([typed]) => typed));
      expect(offered).toEqual(Object.fromEntries(offers));
    },
    240_000,
  );
});

describe('the completion of PowerShell', () => {
  // There is no PowerShell where these tests run: the text alone is looked at.
  test('has every verb, closes what it opens, and leaves no quote open', async () => {
    const { stdout } = await place.run(['completion', 'powershell']);
    for (const verb of Object.keys(verbs)) expect(stdout).toContain(`        '${verb}' = @{\n`);
    const code = stdout.replaceAll(/^\s*#.*$/gm, '').replaceAll(/'(?:[^']|'')*'|"[^"]*"/g, '');
    expect(code).not.toMatch(/['"]/);
    const count = (sign: string): number => code.split(sign).length;
    expect([count('('), count('{'), count('[')]).toEqual([count(')'), count('}'), count(']')]);
  });
});

test('--names has the names that can be typed, and loads no other verb', async () => {
  expect(await place.run(['completion', '--names'])).toEqual({ code: 0, stdout: `${all.join('\n')}\n`, stderr: '' });
  expect((await place.run(['--environments', 'other', 'completion', '--names'])).stdout).toBe('zebra\n');
});

test('--names of a folder that is not there is silent', async () => {
  const nowhere = await place.run(['completion', '--names', '--environments', 'nowhere']);
  expect(nowhere).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each([
  [['completion'], /^evergrant: completion takes a shell: bash, zsh, fish, powershell\n/],
  [['completion', 'ksh'], /^error: .*Allowed choices are bash, zsh, fish, powershell/],
])('%j is refused, with what there is', async (words, message) => {
  expect(await place.run(words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
});
