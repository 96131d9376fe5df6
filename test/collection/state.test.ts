import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainName } from '../../scripts/environment/plain-name';
import { forgedStates, signedState, stateOf, type StatePayload } from '../support/states';
import { inSandbox } from './support/in-sandbox';

/** A state made elsewhere, and all that it was made of. */
interface Vector {
  readonly payload: StatePayload;
  readonly clientSecret: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
}

const vectors = JSON.parse(readFileSync('test/fixtures/state-vectors.json', 'utf8')) as Vector[];
/** Made with openssl, in the form of older versions. */
const oldForm =
  'eg1.eyJuIjoiYWNtZSIsInQiOjE3OTUzNDE2MDAsInIiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIn0.rIqf372ZG9xvz4QQFfNbXwQd8clx9eaBD1ib30u-EQc';

const make = `makeState({ name: row.payload.n, madeAt: new Date(row.payload.t * 1000), goodUntil: new Date(row.payload.u * 1000),
  mayReplace: row.payload.x === 1 }, row, row.payload.r, hmacSha256)`;
/** Reads a state as an environment of a web app does. */
const read = `((state) => (pm.environment.set('app_type', 'web'), pm.environment.set('client_secret', row.clientSecret),
  pm.environment.set('client_id', row.clientId),
  pm.environment.set('redirect_uri', row.redirectUri), pm.environment.name = (row.payload || { n: 'acme' }).n,
  ((judged) => (['good', 'expired'].includes(judged.kind) ? judged.claims : null))(judgedState(state))))(row.state)`;

const rows = fc.array(
  fc.record({
    n: fc.string({ unit: 'binary' }).filter((name) => name.isWellFormed()),
    t: fc.integer({ min: 0, max: 4_000_000_000 }),
    r: fc.base64String().map((text) => text.replace(/[+/=]/g, '-')),
    isReplacing: fc.boolean(),
    clientSecret: fc.string({ minLength: 16, unit: 'grapheme' }).map((text) => text.trim() || 'blanks are no secret'),
  }),
  { minLength: 20, maxLength: 20 },
);

test('a state equals the known one', async () => {
  expect(await inSandbox(make, vectors)).toEqual(vectors.map(({ state }) => state));
});

test('a state of a script verifies in the program and the other way round, for that app and secret only', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const all = given.map(({ n, t, r, isReplacing, clientSecret }) => {
        const payload: StatePayload = { n, t, u: t + 86_400, r, ...(isReplacing ? { x: 1 } : {}) };
        const app = { clientSecret, clientId: 'AN-ID', redirectUri: 'https://example.com/cb' };
        const bound = { secret: clientSecret, clientId: 'AN-ID', redirectUri: 'https://example.com/cb' };
        return { payload, ...app, state: signedState(payload, bound) };
      });
      expect(await inSandbox(make, all)).toEqual(all.map(({ state }) => state));
      expect(await inSandbox(read, all)).toEqual(
        all.map(({ payload: { n, t, u, x } }) => ({
          name: n,
          madeAt: new Date(t * 1000).toISOString(),
          goodUntil: new Date(u * 1000).toISOString(),
          mayReplace: x === 1,
          isOldForm: false,
        })),
      );
      const others = all.flatMap((one) => [
        { ...one, clientSecret: `${one.clientSecret}.` },
        { ...one, clientId: 'ANOTHER' },
        { ...one, redirectUri: 'https://example.com/cb2' },
      ]);
      expect(await inSandbox(read, others)).toEqual(others.map(() => null));
    }),
    { numRuns: 2 },
  );
});

test('a state of the older form is read for the same secret, and says so', async () => {
  const app = { clientId: '', redirectUri: '', state: oldForm };
  const [good, forged] = await inSandbox(read, [
    { ...app, clientSecret: 'the secret of the app' },
    { ...app, clientSecret: 'the secret of another' },
  ]);
  const madeAt = new Date(1_795_341_600_000);
  expect(good).toEqual({
    name: 'acme',
    madeAt: madeAt.toISOString(),
    goodUntil: new Date(madeAt.getTime() + 14 * 86_400_000).toISOString(),
    mayReplace: false,
    isOldForm: true,
  });
  expect(forged).toBeNull();
});

test('the state of the newest link is known though the client secret was corrected since', async () => {
  const held = `(pm.environment.set('consent_state', row.state), ${read})`;
  const row = { state: oldForm, clientId: '', redirectUri: '', clientSecret: 'the corrected secret' };
  const [known, short] = await inSandbox(held, [row, { ...row, clientSecret: 'short' }]);
  expect([(known as { name: string }).name, short]).toEqual(['acme', null]);
});

test('a payload that is not a link’s is refused, whoever signed it', async () => {
  const payloads = [null, 5, 'text', [], {}, { n: 'acme', t: 1 }, { n: 5, t: 1, u: 2 }, { n: 'a', t: -1, u: 2 }];
  const app = { secret: 'the secret of the app', clientId: '', redirectUri: '' };
  const all = payloads.map((payload) => ({
    state: signedState(payload as never, app),
    clientSecret: app.secret,
    clientId: '',
    redirectUri: '',
  }));
  expect(await inSandbox(read, all)).toEqual(payloads.map(() => null));
});

test('a state that is forged, altered, expired or of another environment is refused in Postman as on the server', async () => {
  const secret = 'the secret of the app';
  const now = Math.floor(Date.now() / 1000);
  const states = fc.sample(forgedStates(secret, new Date()), 200);
  const rowsOf = [...states.map(({ state }) => state), stateOf('acme', now, 'nonce', secret)];
  const set = `pm.environment.name = 'acme', pm.environment.set('app_type', 'web'), pm.environment.set('client_secret', row.secret)`;
  const faults = await inSandbox(
    `(${set}, stateFault(row.state))`,
    rowsOf.map((state) => ({ state, secret })),
  );
  const words = {
    forged: /does not come from a link of this environment|belongs to another environment/,
    altered: /does not come from a link of this environment|belongs to another environment/,
    expired: /is too old, or a clock is wrong/,
    swapped: /belongs to another environment/,
  };
  expect(states.filter(({ wrong }, at) => !words[wrong].test(String(faults[at])))).toEqual([]);
  expect(faults.at(-1)).toBe('');
});

test('scripts and the program make names plain in the same way', async () => {
  const names = fc.sample(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('{', '}', ' ', 'a', '\u200b', '\u202e', '\n', '\u2028', '\u0007', '\ud800') }),
    ),
    300,
  );
  const rowsOf = [...names, 'x'.repeat(500), '😀'.repeat(201), ` ${'a '.repeat(300)}`].map((name) => ({ name }));
  expect(await inSandbox('plainName(row.name)', rowsOf)).toEqual(rowsOf.map(({ name }) => plainName(name)));
});
