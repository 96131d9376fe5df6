import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hmacSha256 } from '../../scripts/consent/hmac';
import {
  isLinkGood,
  linkLifetimeMs,
  makeKeptState,
  makeState as make,
  peekState,
  verifyState as verify,
  type Claimed,
  type LinkApp,
  type StateVerdict,
} from '../../scripts/consent/state';
import { stateOf } from '../support/states';

const makeState = (claimed: Claimed, madeFor: LinkApp, random: string): string =>
  make(claimed, madeFor, random, hmacSha256);
const verifyState = (given: string, madeFor: LinkApp, at: Date): StateVerdict => verify(given, madeFor, at, hmacSha256);

const madeAt = new Date('2026-11-22T10:00:00.000Z');
const later = (ms: number): Date => new Date(madeAt.getTime() + ms);
const link: Claimed = { name: 'acme', madeAt, goodUntil: later(linkLifetimeMs), mayReplace: false };
const app: LinkApp = {
  clientSecret: 'the-client-secret',
  clientId: 'the-client',
  redirectUri: 'https://app.example/callback',
};
const nonce = 'MDEyMzQ1Njc4OWFiY2RlZg';
const state = makeState(link, app, nonce);
const old = stateOf('acme', madeAt.getTime() / 1000, nonce, app.clientSecret);

const second = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000);
const anyLink: fc.Arbitrary<Claimed> = fc
  .record({
    name: fc.string({ unit: 'grapheme' }),
    madeAt: fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
    days: fc.integer({ min: 1, max: 60 }),
    mayReplace: fc.boolean(),
  })
  .map(({ days, ...claimed }) => ({ ...claimed, goodUntil: new Date(claimed.madeAt.getTime() + days * 86_400_000) }));
const secret = fc.string({ minLength: 16, unit: 'grapheme' });
const anyApp: fc.Arbitrary<LinkApp> = fc.record({
  clientSecret: secret,
  clientId: fc.string(),
  redirectUri: fc.webUrl({ withQueryParameters: true }),
});
const anyNonce = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((array) => Buffer.from(array).toString('base64url'));
const character = fc.oneof(
  fc.string({ minLength: 1, maxLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

interface Vector {
  readonly payload: { readonly n: string; readonly t: number; readonly u: number; readonly r: string; readonly x?: 1 };
  readonly clientSecret: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
}

const vectors = JSON.parse(
  readFileSync(path.join(__dirname, '../fixtures/state-vectors.json'), 'utf8'),
) as readonly Vector[];

describe('a state', () => {
  test.each(vectors)(
    'is made as the vector says: $state',
    ({ payload: { n, t, u, r, x }, state: known, ...madeFor }) => {
      const [at, until] = [new Date(t * 1000), new Date(u * 1000)];
      expect(makeState({ name: n, madeAt: at, goodUntil: until, mayReplace: x === 1 }, madeFor, r)).toBe(known);
      expect(verifyState(known, madeFor, at)).toBe('valid');
    },
  );

  test('has the claims of its link, to the second, and verifies for the app that made it', () => {
    fc.assert(
      fc.property(anyLink, anyApp, anyNonce, (claimed, madeFor, random) => {
        const made = makeState(claimed, madeFor, random);
        const expected = { ...claimed, madeAt: second(claimed.madeAt), goodUntil: second(claimed.goodUntil) };
        expect(peekState(made)).toEqual({ ...expected, isOldForm: false });
        expect(verifyState(made, madeFor, claimed.madeAt)).toBe('valid');
      }),
    );
  });

  test('goes through a URL as it is', () => {
    fc.assert(
      fc.property(anyLink, anyApp, anyNonce, (claimed, madeFor, random) => {
        const made = [makeState(claimed, madeFor, random), makeKeptState(claimed, random)];
        expect(made.map(encodeURIComponent)).toEqual(made);
      }),
    );
  });

  test('never holds the secret, nor the mac that an earlier version would have made with it', () => {
    expect(state).not.toContain(app.clientSecret);
    const [, payload, mac] = state.split('.');
    expect(verifyState(`eg1.${payload}.${mac}`, app, madeAt)).toBe('forged');
  });

  test.each([
    ['eg2', state],
    ['eg1', old],
  ])('of the form %s is forged when any one character of it is another', (_, good) => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), character, (place, other) => {
        fc.pre(good[place] !== other);
        expect(verifyState(good.slice(0, place) + other + good.slice(place + 1), app, madeAt)).toBe('forged');
      }),
      { numRuns: 500 },
    );
  });

  test('is forged when any part of it is missing or doubled', () => {
    fc.assert(
      fc.property(fc.nat(state.length - 1), fc.nat(state.length), (from, length) => {
        fc.pre(length > 0);
        const part = state.slice(from, from + length);
        expect(verifyState(state.replace(part, ''), app, madeAt)).toBe('forged');
        expect(verifyState(state.slice(0, from) + part + state.slice(from), app, madeAt)).toBe('forged');
      }),
    );
  });

  test.each<[string, Partial<LinkApp>]>([
    ['another secret', { clientSecret: 'the-client-secreT' }],
    ['another client_id', { clientId: 'the-client2' }],
    ['another redirect_uri', { redirectUri: 'https://app.example/callback/' }],
    ['client_id and redirect_uri swapped', { clientId: app.redirectUri, redirectUri: app.clientId }],
    ['no client_id', { clientId: '' }],
  ])('is forged for an app with %s', (_, other) => {
    expect(verifyState(state, { ...app, ...other }, madeAt)).toBe('forged');
  });

  test('is forged for every app but its own', () => {
    fc.assert(
      fc.property(anyApp, (other) => {
        expect(verifyState(state, other, madeAt)).toBe('forged');
        expect(verifyState(state, { ...app, clientId: other.clientId }, madeAt)).toBe('forged');
        expect(verifyState(state, { ...app, redirectUri: other.redirectUri }, madeAt)).toBe('forged');
      }),
    );
  });

  test('is never good under a secret of less than 16 characters, which can be guessed from it', () => {
    const short = { ...app, clientSecret: 'fifteen-letters' };
    expect(verifyState(makeState(link, short, nonce), short, madeAt)).toBe('forged');
    expect(verifyState(stateOf('acme', madeAt.getTime() / 1000, nonce, short.clientSecret), short, madeAt)).toBe(
      'forged',
    );
  });

  test.each([
    ['at once', 0, 'valid'],
    ['14 days later', linkLifetimeMs, 'valid'],
    ['14 days and a second later', linkLifetimeMs + 1000, 'expired'],
    ['by a clock ten minutes behind', -600_000, 'valid'],
    ['by a clock ten minutes and a second behind', -601_000, 'expired'],
    ['a year later', 365 * 86_400_000, 'expired'],
  ])('read %s is judged by the age of its link', (_, ms, verdict) => {
    expect(verifyState(state, app, later(ms))).toBe(verdict);
    expect(verifyState(old, app, later(ms))).toBe(verdict);
    expect(isLinkGood(link, later(ms))).toBe(verdict === 'valid');
  });

  test.each([
    ['a day', 1, 1, 'valid'],
    ['a day, on the second', 1, 2, 'expired'],
    ['60 days', 60, 60, 'valid'],
    ['a year, which no link is', 365, 60, 'valid'],
    ['a year, after 60 days', 365, 61, 'expired'],
  ])('is good for as long as it says: %s', (_, lifetimeDays, ageDays, verdict) => {
    const made = makeState({ ...link, goodUntil: later(lifetimeDays * 86_400_000) }, app, nonce);
    expect(verifyState(made, app, later(ageDays * 86_400_000))).toBe(verdict);
  });

  test('that is expired and altered is forged', () => {
    expect(verifyState(`${state}x`, app, later(linkLifetimeMs + 1000))).toBe('forged');
  });

  test.each([
    ['an extended life', { goodUntil: later(2 * linkLifetimeMs) }],
    ['leave to replace', { mayReplace: true }],
    ['another name', { name: 'bakery' }],
    ['a later making', { madeAt: later(1000) }],
  ])('is forged with %s under the mac of another', (_, change) => {
    const [version, , mac] = state.split('.');
    const [, payload] = makeState({ ...link, ...change }, app, nonce).split('.');
    expect(verifyState(`${version}.${payload}.${mac}`, app, madeAt)).toBe('forged');
  });

  test('of one form is forged with the prefix of the other', () => {
    expect(verifyState(state.replace('eg2.', 'eg1.'), app, madeAt)).toBe('forged');
    expect(verifyState(old.replace('eg1.', 'eg2.'), app, madeAt)).toBe('forged');
    expect(verifyState(state.replace('eg2.', 'egp1.'), app, madeAt)).toBe('forged');
  });

  test('of an earlier version is recognised as one', () => {
    expect(peekState(old)).toEqual({ ...link, isOldForm: true });
    expect(verifyState(old, { ...app, clientId: 'any', redirectUri: 'any' }, madeAt)).toBe('valid');
  });
});

describe("a PKCE app's state", () => {
  test('has the claims of its link and no signature: it is compared with the one in the file', () => {
    fc.assert(
      fc.property(anyLink, anyApp, anyNonce, (claimed, anybody, random) => {
        const kept = makeKeptState(claimed, random);
        const expected = { ...claimed, madeAt: second(claimed.madeAt), goodUntil: second(claimed.goodUntil) };
        expect(peekState(kept)).toEqual({ ...expected, isOldForm: false });
        expect(verifyState(kept, anybody, claimed.madeAt)).toBe('forged');
      }),
    );
  });
});

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = { n: 'a', t: 1, u: 2, r: '' };

describe('a text that is no state', () => {
  test.each([
    ['nothing', ''],
    ['dots', '...'],
    ['an older version', state.replace('eg2', 'eg0')],
    ['a fourth part', `${state}.x`],
    ['no mac', `eg2.${base64url(good)}`],
    ['a mac where none belongs', `egp1.${base64url(good)}.x`],
    ['claims that are no JSON', 'eg2.%%%.x'],
    ['claims that are null', `eg2.${base64url(null)}.x`],
    ['a name that is a number', `eg2.${base64url({ ...good, n: 1 })}.x`],
    ['a time that is a text', `eg2.${base64url({ ...good, t: '1' })}.x`],
    ['a time before all time', `eg2.${base64url({ ...good, t: -1 })}.x`],
    ['an end after all time', `eg2.${base64url({ ...good, u: 1e300 })}.x`],
    ['no end', `eg2.${base64url({ n: 'a', t: 1, r: '' })}.x`],
    ['an x that is no 1', `eg2.${base64url({ ...good, x: true })}.x`],
    ['a claim too many', `eg2.${base64url({ ...good, y: 1 })}.x`],
    ['an end in the old form', `eg1.${base64url(good)}.x`],
    ['an x in the old form', `eg1.${base64url({ n: 'a', t: 1, r: '', x: 1 })}.x`],
  ])('has no claims and is forged: %s', (_, text) => {
    expect(peekState(text)).toBeUndefined();
    expect(verifyState(text, app, madeAt)).toBe('forged');
  });

  test('never stops the program, whatever it is', () => {
    const claims = fc.oneof(
      fc.json(),
      fc
        .record({ n: fc.anything(), t: fc.anything(), u: fc.anything(), r: fc.anything() })
        .map((one) => fc.stringify(one)),
    );
    const dotted = fc
      .tuple(fc.constantFrom('eg1', 'eg2', 'egp1', ''), claims, fc.base64String())
      .map(([version, text, mac]) => `${version}.${Buffer.from(text).toString('base64url')}.${mac}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), dotted), (text) => {
        expect(verifyState(text, app, madeAt)).toBe('forged');
        peekState(text);
      }),
      { numRuns: 500 },
    );
  });
});
