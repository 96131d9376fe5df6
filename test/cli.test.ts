import { expect, test } from 'vitest';
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
