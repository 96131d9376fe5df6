import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLinkGood, linkLifetimeMs, makeState, peekState, verifyState } from '../../scripts/core/state';

const madeAt = new Date('2026-11-22T10:00:00.000Z');
const key = 'the-client-secret';
const nonce = Buffer.from('0123456789abcdef');
const later = (ms: number): Date => new Date(madeAt.getTime() + ms);
const state = makeState('acme', key, madeAt, nonce);

const name = fc.string({ unit: 'grapheme' });
const when = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array));
const character = fc.oneof(
  fc.string({ minLength: 1, maxLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

describe('a state', () => {
  test('is eg1, the claims and an HMAC-SHA256 over both, so that other programs can make and verify it', () => {
    const claims = { n: 'acme', t: 1795341600, r: 'MDEyMzQ1Njc4OWFiY2RlZg' };
    const signed = `eg1.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    expect(state).toBe(`${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
  });

  test('tells its environment and its second, and verifies with the secret that made it', () => {
    fc.assert(
      fc.property(name, fc.string({ minLength: 1 }), when, bytes, (whose, secret, at, random) => {
        const made = makeState(whose, secret, at, random);
        expect(peekState(made)).toEqual({ name: whose, madeAt: new Date(Math.floor(at.getTime() / 1000) * 1000) });
        expect(verifyState(made, secret, at)).toBe('valid');
      }),
    );
  });

  test('goes through a URL as it is', () => {
    fc.assert(
      fc.property(name, when, bytes, (whose, at, random) => {
        const made = makeState(whose, key, at, random);
        expect(encodeURIComponent(made)).toBe(made);
      }),
    );
  });

  test('is forged when any one character of it is another', () => {
    fc.assert(
      fc.property(fc.nat(state.length - 1), character, (place, other) => {
        fc.pre(state[place] !== other);
        expect(verifyState(state.slice(0, place) + other + state.slice(place + 1), key, madeAt)).toBe('forged');
      }),
      { numRuns: 500 },
    );
  });

  test('is forged when any part of it is missing or doubled', () => {
    fc.assert(
      fc.property(fc.nat(state.length - 1), fc.nat(state.length), (from, length) => {
        fc.pre(length > 0);
        const part = state.slice(from, from + length);
        expect(verifyState(state.replace(part, ''), key, madeAt)).toBe('forged');
        expect(verifyState(state.slice(0, from) + part + state.slice(from), key, madeAt)).toBe('forged');
      }),
    );
  });

  test('is forged under any other secret', () => {
    fc.assert(
      fc.property(fc.string(), (other) => {
        fc.pre(other !== key);
        expect(verifyState(state, other, madeAt)).toBe('forged');
      }),
    );
  });

  test.each([
    ['at once', 0, 'valid'],
    ['14 days later', linkLifetimeMs, 'valid'],
    ['14 days and a second later', linkLifetimeMs + 1000, 'expired'],
    ['by a clock ten minutes behind', -600_000, 'valid'],
    ['by a clock ten minutes and a second behind', -601_000, 'expired'],
    ['a year later', 365 * 86_400_000, 'expired'],
  ])('read %s, it is as good as its link', (_, ms, verdict) => {
    expect(verifyState(state, key, later(ms))).toBe(verdict);
    expect(isLinkGood(madeAt, later(ms))).toBe(verdict === 'valid');
  });

  test('that is expired and altered is forged', () => {
    expect(verifyState(`${state}x`, key, later(linkLifetimeMs + 1000))).toBe('forged');
  });
});

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a text that is no state', () => {
  test.each([
    ['nothing', ''],
    ['dots', '...'],
    ['an older version', state.replace('eg1', 'eg0')],
    ['a fourth part', `${state}.x`],
    ['claims that are no JSON', 'eg1.%%%.x'],
    ['claims that are null', `eg1.${base64url(null)}.x`],
    ['a name that is a number', `eg1.${base64url({ n: 1, t: 1, r: '' })}.x`],
    ['a time that is a text', `eg1.${base64url({ n: 'a', t: '1', r: '' })}.x`],
    ['a time before all time', `eg1.${base64url({ n: 'a', t: -1, r: '' })}.x`],
    ['a time after all time', `eg1.${base64url({ n: 'a', t: 1e300, r: '' })}.x`],
    ['a claim too many', `eg1.${base64url({ n: 'a', t: 1, r: '', x: 1 })}.x`],
  ])('tells nothing and is forged: %s', (_, text) => {
    expect(peekState(text)).toBeUndefined();
    expect(verifyState(text, key, madeAt)).toBe('forged');
  });

  test('never stops the program, whatever it is', () => {
    const claims = fc.oneof(
      fc.json(),
      fc.record({ n: fc.anything(), t: fc.anything(), r: fc.anything() }).map((one) => fc.stringify(one)),
    );
    const dotted = fc
      .tuple(fc.constantFrom('eg1', 'eg2', ''), claims, fc.base64String())
      .map(([version, text, mac]) => `${version}.${Buffer.from(text).toString('base64url')}.${mac}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), dotted), (text) => {
        expect(verifyState(text, key, madeAt)).toBe('forged');
        peekState(text);
      }),
      { numRuns: 500 },
    );
  });
});
