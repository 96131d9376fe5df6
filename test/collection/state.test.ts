import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inSandbox } from './support/in-sandbox';
import { forgedStates, stateOf } from '../support/states';

type Row = { name: string; seconds: number; nonce: string; secret: string };
/** Made with openssl. */
const known =
  'eg1.eyJuIjoiYWNtZSIsInQiOjE3OTUzNDE2MDAsInIiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIn0.-qVeNovCMwuT1AxRkYtgEmRRiKeudU6fOX5uhwgPkUs';

const make = 'makeState(row.name, new Date(row.seconds * 1000 + 999), row.nonce, row.secret)';

it('a state is the known one', async () => {
  const row: Row = { name: 'acme', seconds: 1_795_341_600, nonce: 'AAAAAAAAAAAAAAAAAAAAAA', secret: 'the secret' };
  expect(await inSandbox(make, [row])).toEqual([known]);
});

it('a state made here verifies anywhere, and one made anywhere is read here, for that secret only', async () => {
  const rows = fc.array(
    fc.record({
      name: fc.string({ unit: 'binary' }).filter((name) => name.isWellFormed()),
      seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
      nonce: fc.base64String().map((text) => text.replace(/[+/=]/g, '-')),
      secret: fc.string({ minLength: 1, unit: 'grapheme' }),
    }),
    { minLength: 20, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(rows, async (given: Row[]) => {
      const states = given.map(({ name, seconds, nonce, secret }) => stateOf(name, seconds, nonce, secret));
      expect(await inSandbox(make, given)).toEqual(states);
      const read = 'readState(row.state, row.secret)';
      const signed = given.map(({ secret }, at) => ({ state: states[at], secret }));
      expect(await inSandbox(read, signed)).toEqual(
        given.map(({ name, seconds }) => ({ name, madeAt: new Date(seconds * 1000).toISOString() })),
      );
      const otherwise = signed.map(({ state, secret }) => ({ state, secret: `${secret}.` }));
      expect(await inSandbox(`${read} ?? null`, otherwise)).toEqual(given.map(() => null));
    }),
    { numRuns: 2 },
  );
});

it('a state that is forged, altered, expired or of another environment is refused in Postman as on the server', async () => {
  const secret = 'the secret';
  const states = fc.sample(forgedStates(secret, new Date()), 200);
  const rows = states.map(({ state }) => ({ state, secret }));
  const set = `pm.environment.name = 'acme', pm.environment.set('app_type', 'web'), pm.environment.set('client_secret', row.secret)`;
  const faults = await inSandbox(`(${set}, stateFault(row.state))`, rows);
  const words = {
    forged: /does not come from a link of this environment|belongs to another environment/,
    altered: /does not come from a link of this environment|belongs to another environment/,
    expired: /more than 14 days old/,
    swapped: /belongs to another environment/,
  };
  expect(states.filter(({ wrong }, at) => !words[wrong].test(String(faults[at])))).toEqual([]);
});
