import { describe, expect, test } from 'vitest';
import { makeWorkplace } from './support/program';

const place = makeWorkplace();

test.each([
  ['a word that is no verb', ['bogus']],
  ['a flag that the verb does not have', ['refresh', '--bogus']],
  ['a verb without the name that it needs', ['token']],
  ['a verb with a name too many', ['token', 'acme', 'bakery']],
])('%s ends with 2, and prints no result', async (_, args) => {
  expect(await place.run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .+\n/) });
});

test('a callback URL in the place of a verb is not repeated', async () => {
  const { stderr } = await place.run(['https://example.com/callback?code=CANARY-CODE&state=s']);
  expect(stderr).toContain('what you typed');
  expect(stderr).not.toContain('CANARY');
});

describe('what is blank', () => {
  test.each([
    [['status', '--tenant', '']],
    [['status', '--tenant=']],
    [['list', '--environments', '']],
    [['set', '--app', ' ', 'sender=x']],
    [['set', '--all', '--client-id', '', 'sender=x']],
    [['set', 'acme', '--secret-from', '']],
    [['qa', '--grep', '']],
    [['client', 'add', 'crm', '--environments', '']],
  ])('is no value of an option: %j', async (args) => {
    const flag = args.map((word) => word.replace('=', '')).find((word) => /^--(?!all)/.test(word)) ?? '';
    expect(await place.run(args)).toMatchObject({
      code: 2,
      stderr: `evergrant: ${flag} is blank\n  → give it a value, or leave ${flag} out\n`,
    });
  });

  test('is a store of files', async () => {
    const variables = { EVERGRANT_STORE: 'postgres://127.0.0.1:1/x' };
    expect(await place.run(['--store', '', 'list'], { variables })).toMatchObject({ code: 0 });
  });

  test('is no folder of a variable', async () => {
    expect(await place.run(['list'], { variables: { EVERGRANT_ENVIRONMENTS: '' } })).toMatchObject({ code: 0 });
  });
});

describe('a name that no environment has', () => {
  const named = makeWorkplace();
  for (const name of ['acme', 'acme-books', 'birch', 'brick']) named.write(name, '{}');
  named.write('Maple Bakery', '{}');

  test.each([
    ['acm', 'did you mean acme? make it: npx evergrant init acm'],
    ['amce-boosk', 'did you mean acme-books? make it: npx evergrant init amce-boosk'],
    ['birck', 'did you mean birch or brick? make it: npx evergrant init birck'],
    ['zebra', 'make it: npx evergrant init zebra'],
    ['Acme', 'did you mean acme? names are small letters, digits, dot, dash and underscore, as in acme'],
  ])('%s, is followed by those that may be meant', async (name, hint) => {
    const { code, stderr } = await named.run(['token', name]);
    expect([code, stderr.split('\n').at(-2)]).toEqual([2, `  → ${hint}`]);
  });

  test('is not repeated where it looks like a secret, and the folder’s names are', async () => {
    const { stderr } = await named.run(['token', 'Acme-Q7.s3cr3t.T0K3N-of-somebody']);
    expect(stderr).not.toContain('s3cr3t');
  });

  test('says nothing of names in a folder that is not there', async () => {
    const { stderr } = await named.run(['token', 'acm', '--environments', 'nowhere']);
    expect(stderr).toMatch(/→ make it: npx evergrant .*init acm\n/);
  });
});

test.each([
  ['refersh', 'refresh'],
  ['stauts', 'status'],
])('a mistyped command, %s, is followed by the one that may be meant', async (typed, meant) => {
  expect((await place.run([typed])).stderr).toBe(`error: unknown command '${typed}'\n(Did you mean ${meant}?)\n`);
});
