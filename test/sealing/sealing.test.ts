import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import { envelopeIn, isSealed } from '../../scripts/sealing/envelope';
import { newRing, ringIn, rewrapped, textOfRing, withNewKeys } from '../../scripts/sealing/key-ring';
import { Sealing, type Binding } from '../../scripts/sealing/sealing';
import { keysIn, newWrappingKeys, textOfKeys, type WrappingKeys } from '../../scripts/sealing/wrapping-keys';
import { fingerprint } from '../../scripts/text/fingerprint';

const now = new Date('2026-11-26T10:00:00Z');
const whole = newWrappingKeys();
const { ring } = newRing(whole, now);
const sealingWith = (keys: WrappingKeys, of = ring): Sealing =>
  new Sealing(of, { where: 'the key file', read: () => keys });
const sealing = sealingWith(whole);
const place: Binding = { name: 'acme', row: 'refresh_token', generation: '7' };
const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
};

describe('a sealed value', () => {
  test('opens where it was sealed, whatever it is, and never looks the same twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 4000 }), (value) => {
        const sealed = sealing.seal(place, value);
        expect([sealingWith(whole).open(place, sealed), sealed === sealing.seal(place, value)]).toEqual([value, false]);
        expect([isSealed(sealed), value.length > 3 && sealed.includes(value)]).toEqual([true, false]);
      }),
    );
  });

  test('is refused with any bit of it changed', () => {
    const sealed = sealing.seal(place, 'a refresh token of some length');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 'evergrant:'.length; at < sealed.length; at++) {
      for (const other of [alphabet[(alphabet.indexOf(sealed[at] ?? '') + 1) % 64] ?? '', 'A', ':', '']) {
        if (other === sealed[at]) continue;
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        expect(codeOf(() => sealingWith(whole).open(place, changed))).toMatch(/sealed_elsewhere|no_data_key/);
      }
    }
  });

  test.each<[string, Partial<Binding>]>([
    ['name', { name: 'birch' }],
    ['row', { row: 'client_secret' }],
    ['generation', { generation: '8' }],
  ])('is refused in another %s', (_, other) => {
    const sealed = sealing.seal(place, 'secret');
    expect(codeOf(() => sealingWith(whole).open({ ...place, ...other }, sealed))).toBe('sealed_elsewhere');
  });

  test('is refused in another store, even one with the same key', () => {
    const elsewhere = sealingWith(whole, { ...ring, store: 'another' });
    expect(codeOf(() => elsewhere.open(place, sealing.seal(place, 'secret')))).toBe('wrong_key');
    const { ring: other } = newRing(whole, now);
    expect(codeOf(() => sealingWith(whole, other).open(place, sealing.seal(place, 'secret')))).toBe('no_data_key');
  });

  test('says of which name it is, and looks through many names for a second at most, however many values there are', () => {
    const names = Array.from({ length: 50_000 }, (_, at) => ({ name: `e${at}`, isThere: true }));
    const among = new Sealing(ring, { where: 'the key file', read: () => whole }, () => names);
    const from = sealing.seal({ ...place, name: 'e9' }, 'secret');
    expect(() => among.open(place, from)).toThrow('refresh_token of acme was sealed as e9');
    const garbage = sealing.seal({ ...place, row: 'client_secret' }, 'secret');
    const startedMs = performance.now();
    for (let value = 0; value < 10; value++) expect(codeOf(() => among.open(place, garbage))).toBe('sealed_elsewhere');
    expect(performance.now() - startedMs).toBeLessThan(4000);
  });

  test('tells the fingerprint of a refresh token, and of nothing else', () => {
    expect(envelopeIn(sealing.seal(place, 'token'))?.fingerprint).toBe(fingerprint('token'));
    expect(envelopeIn(sealing.seal({ ...place, row: 'client_secret' }, 'secret'))?.fingerprint).toBe('');
  });
});

describe('the key for access tokens alone', () => {
  const half = sealingWith({ access: whole.access });
  test('opens access tokens', () => {
    const access = { ...place, row: 'access_token' };
    expect(half.open(access, sealing.seal(access, 'token'))).toBe('token');
  });

  test.each(['refresh_token', 'client_secret', 'code_verifier', 'callback_url', 'text'])('opens no %s', (row) => {
    const sealed = sealing.seal({ ...place, row }, 'secret');
    expect(codeOf(() => half.open({ ...place, row }, sealed))).toBe('access_key_only');
    expect(codeOf(() => half.open({ ...place, row: 'access_token' }, sealed))).toBe('sealed_elsewhere');
    expect(codeOf(() => half.seal({ ...place, row }, 'secret'))).toBe('access_key_only');
  });

  test('does not open the other data key under its own name', () => {
    const swapped = ring.keys.map((key) => ({
      ...key,
      wrapped: key.wrapped.map((one) => ({ ...one, class: 'refresh' as const })),
    }));
    const fooled = sealingWith({ refresh: whole.access }, { ...ring, keys: swapped });
    expect(codeOf(() => fooled.open(place, sealing.seal(place, 'secret')))).toBe('wrong_key');
  });
});

describe('a key ring', () => {
  test('reads back as it was written', () => {
    expect(ringIn(textOfRing(ring), 'keys.json')).toEqual(ring);
  });

  test.each(['', '{}', 'null', '[]', '{"version":2}', textOfRing({ ...ring, keys: [] })])('is not %j', (text) => {
    expect(codeOf(() => ringIn(text, 'keys.json'))).toBe('bad_key_ring');
  });

  test('opens with older data keys what was sealed with them, and seals with the newest', () => {
    const sealed = sealing.seal(place, 'secret');
    const { ring: rotated, keyId } = withNewKeys(ring, whole, now);
    const after = sealingWith(whole, rotated);
    expect([after.open(place, sealed), after.isCurrent(sealed)]).toEqual(['secret', false]);
    expect(envelopeIn(after.seal(place, 'secret'))?.keyId).toBe(keyId);
  });

  test('is opened by a new key, and no more by the old one once that was dropped', () => {
    const next = newWrappingKeys();
    const data = newRing(whole, now);
    const opened = new Map([[data.keyId, data.data]]);
    const sealed = sealingWith(whole, data.ring).seal(place, 'secret');
    const both = rewrapped(data.ring, opened, next, 'kept');
    const one = rewrapped(data.ring, opened, next, 'dropped');
    expect([whole, next].map((keys) => sealingWith(keys, both).open(place, sealed))).toEqual(['secret', 'secret']);
    expect(sealingWith(next, one).open(place, sealed)).toBe('secret');
    expect(codeOf(() => sealingWith(whole, one).open(place, sealed))).toBe('wrong_key');
  });
});

describe('the text of a key', () => {
  test('reads back, with comments, and all on one line', () => {
    expect(keysIn(`# for people\n${textOfKeys(whole)}`, 'here')).toEqual(whole);
    expect(keysIn(textOfKeys(whole).replaceAll('\n', ' '), 'here')).toEqual(whole);
  });

  test.each([
    ['nothing', ''],
    ['a comment alone', '# evergrant-key:1:access:'],
    ['another text', 'correct horse battery staple'],
    ['a key that was cut off', textOfKeys(whole).slice(0, 50)],
    ['the same key twice', textOfKeys({ access: whole.access }).repeat(2)],
  ])('is not %s, and is not repeated', (_, text) => {
    try {
      keysIn(text, 'FILE');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ kind: 'invalid', code: 'bad_key' });
      expect(String(error)).not.toContain(whole.access.toString('base64url').slice(0, 8));
    }
  });
});
