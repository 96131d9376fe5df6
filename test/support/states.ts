import { createHmac } from 'node:crypto';
import fc from 'fast-check';

/** What a state's mac is bound to. */
export interface StateApp {
  readonly secret: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

/** The claims of a state as they stand in its payload, by their names there. */
export interface StatePayload {
  readonly n: string;
  readonly t: number;
  readonly u: number;
  readonly r: string;
  readonly x?: 1;
}

/** The state of a web app as the contract has it, made without the program's and the collection's own functions. */
export function signedState(payload: StatePayload, { secret, clientId, redirectUri }: StateApp): string {
  const signed = `eg2.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  const pseudorandom = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  const key = createHmac('sha256', pseudorandom).update('evergrant consent state eg2\u0001').digest();
  return `${signed}.${createHmac('sha256', key).update([signed, clientId, redirectUri].join('\n')).digest('base64url')}`;
}

/** The form of earlier versions. */
export function stateOf(name: string, seconds: number, nonce: string, secret: string): string {
  const payload = Buffer.from(`{"n":${JSON.stringify(name)},"t":${seconds},"r":"${nonce}"}`).toString('base64url');
  const mac = createHmac('sha256', secret).update(`eg1.${payload}`).digest('base64url');
  return `eg1.${payload}.${mac}`;
}

/** A state that no environment `acme` with this secret may honour, and what is wrong with it. */
export interface ForgedState {
  readonly wrong: 'forged' | 'altered' | 'expired' | 'swapped';
  readonly state: string;
}

const [daySeconds, lifetimeDays, skewSeconds] = [86_400, 14, 600];

/** States for `acme` that are signed with another secret, altered, too old or too new, or made for another environment. */
export function forgedStates(secret: string, now: Date): fc.Arbitrary<ForgedState> {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const nonce = fc.base64String({ minLength: 20, maxLength: 24 }).map((text) => text.replaceAll(/[+/=]/g, '-'));
  const fresh = fc.integer({ min: nowSeconds - lifetimeDays * daySeconds + 60, max: nowSeconds });
  const old = fc.oneof(
    fc.integer({ min: 0, max: nowSeconds - lifetimeDays * daySeconds - 60 }),
    fc.integer({ min: nowSeconds + skewSeconds + 60, max: nowSeconds + 4_000 * daySeconds }),
  );
  const otherSecret = fc.string({ minLength: 1 }).filter((text) => text !== secret);
  const otherName = fc
    .oneof(fc.constantFrom('bakery', 'acme2', 'Acme', 'acme '), fc.string())
    .filter((n) => n !== 'acme');
  const good = fc.tuple(fresh, nonce).map(([at, random]) => stateOf('acme', at, random, secret));
  const wrong = (kind: ForgedState['wrong'], states: fc.Arbitrary<string>): fc.Arbitrary<ForgedState> =>
    states.map((state) => ({ wrong: kind, state }));
  return fc.oneof(
    wrong(
      'forged',
      fc.tuple(fresh, nonce, otherSecret).map(([at, random, key]) => stateOf('acme', at, random, key)),
    ),
    wrong(
      'altered',
      fc.tuple(good, fc.nat(), fc.nat(64)).map(([state, at, to]) => altered(state, at, to)),
    ),
    wrong(
      'expired',
      fc.tuple(old, nonce).map(([at, random]) => stateOf('acme', at, random, secret)),
    ),
    wrong(
      'swapped',
      fc.tuple(otherName, fresh, nonce).map(([name, at, random]) => stateOf(name, at, random, secret)),
    ),
  );
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

/** The state with one character another, or none. */
function altered(state: string, at: number, to: number): string {
  const place = at % state.length;
  const character = alphabet[to] === state[place] ? '' : (alphabet[to] ?? '');
  return state.slice(0, place) + character + state.slice(place + 1);
}

/** A state of today's form that no environment `acme` of this app may honour, and what is wrong with it. */
export interface ForgedLink {
  readonly wrong:
    'forged' | 'altered' | 'expired' | 'swapped' | 'other app' | 'extended' | 'set to replace' | 'other form';
  readonly state: string;
}

/** Links for `acme` of everybody who may have seen good ones, or may sign others, but not these for this app. */
export function forgedLinks(app: StateApp, now: Date): fc.Arbitrary<ForgedLink> {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const claims = fc.record({
    n: fc.constant('acme'),
    t: fc.integer({ min: nowSeconds - daySeconds, max: nowSeconds }),
    u: fc.integer({ min: nowSeconds + 60, max: nowSeconds + 59 * daySeconds }),
    r: fc.base64String({ minLength: 20, maxLength: 24 }).map((text) => text.replaceAll(/[+/=]/g, '-')),
  });
  const text = fc.string({ minLength: 16, unit: 'grapheme' });
  const otherApp = fc.oneof(
    text.filter((clientId) => clientId !== app.clientId).map((clientId) => ({ ...app, clientId })),
    text.filter((redirectUri) => redirectUri !== app.redirectUri).map((redirectUri) => ({ ...app, redirectUri })),
    fc.constant({ ...app, clientId: app.redirectUri, redirectUri: app.clientId }),
    fc.constant({ ...app, clientId: `${app.clientId}\n`, redirectUri: '' }),
  );
  /** The payload of one under the mac of the other. */
  const under = (payload: StatePayload, signed: StatePayload): string => {
    const mac = signedState(signed, app).split('.')[2] ?? '';
    return `eg2.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${mac}`;
  };
  const times = fc.oneof(
    fc.record({ t: fc.integer({ min: 0, max: nowSeconds }), u: fc.integer({ min: 0, max: nowSeconds - 60 }) }),
    fc.record({
      t: fc.integer({ min: nowSeconds + skewSeconds + 60, max: nowSeconds + daySeconds }),
      u: fc.constant(nowSeconds + 2 * daySeconds),
    }),
    fc.record({
      t: fc.integer({ min: 0, max: nowSeconds - 61 * daySeconds }),
      u: fc.constant(nowSeconds + daySeconds),
    }),
  );
  const old = (payload: StatePayload): string => stateOf(payload.n, payload.t, payload.r, app.secret);
  const wrong = (kind: ForgedLink['wrong'], states: fc.Arbitrary<string>): fc.Arbitrary<ForgedLink> =>
    states.map((state) => ({ wrong: kind, state }));
  return fc.oneof(
    wrong(
      'forged',
      fc
        .tuple(
          claims,
          text.filter((secret) => secret !== app.secret),
        )
        .map(([payload, secret]) => signedState(payload, { ...app, secret })),
    ),
    wrong(
      'altered',
      fc.tuple(claims, fc.nat(), fc.nat(64)).map(([payload, at, to]) => altered(signedState(payload, app), at, to)),
    ),
    wrong(
      'expired',
      fc.tuple(claims, times).map(([payload, wrongTimes]) => signedState({ ...payload, ...wrongTimes }, app)),
    ),
    wrong(
      'swapped',
      fc
        .tuple(
          claims,
          fc.string().filter((name) => name !== 'acme'),
        )
        .map(([payload, n]) => signedState({ ...payload, n }, app)),
    ),
    wrong(
      'other app',
      fc.tuple(claims, otherApp).map(([payload, other]) => signedState(payload, other)),
    ),
    wrong(
      'extended',
      fc.tuple(claims, fc.integer({ min: 1, max: daySeconds })).map(([p, more]) => under({ ...p, u: p.u + more }, p)),
    ),
    wrong(
      'set to replace',
      claims.map((payload) => under({ ...payload, x: 1 }, payload)),
    ),
    wrong(
      'other form',
      fc.tuple(claims, fc.boolean()).map(([payload, isOld]) => {
        const state = isOld ? old(payload) : signedState(payload, app);
        return isOld ? state.replace('eg1.', 'eg2.') : state.replace('eg2.', 'eg1.');
      }),
    ),
  );
}
