import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkState } from '../../scripts/consent/callback';
import { hmacSha256 } from '../../scripts/consent/hmac';
import { challengeOf, makeConsentLink, usualLink } from '../../scripts/consent/link';
import { makeKeptState, peekState, verifyState } from '../../scripts/consent/state';
import { pkceApp, settingsFor, webApp } from '../support/environments';
import { signedState } from '../support/states';

const now = new Date('2026-11-22T10:00:00.500Z');
const counting = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, index) => index));

const daysLater = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const signedFor = {
  secret: webApp['client_secret'] ?? '',
  clientId: webApp['client_id'] ?? '',
  redirectUri: webApp['redirect_uri'] ?? '',
};

/** What a link's state says of itself. */
function claimsIn(url: string): unknown {
  return peekState(new URL(url).searchParams.get('state') ?? '');
}

describe('the consent link of a web app', () => {
  test('is the authorize URL with its five parameters in order, and an encoded blank between scopes', () => {
    const { url } = makeConsentLink(settingsFor(webApp), usualLink, now, counting);
    const state = signedState({ n: 'acme', t: 1795341600, u: 1796551200, r: 'AAECAwQFBgcICQoLDA0ODw' }, signedFor);
    expect(url).toBe(
      'https://login.example/identity/connect/authorize?response_type=code&client_id=the-client' +
        '&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=offline_access%20accounting.transactions' +
        `&state=${state}`,
    );
  });

  test('changes only the rows that belong to the link', () => {
    const { url, changes } = makeConsentLink(settingsFor(webApp), usualLink, now, counting);
    expect(changes).toEqual({
      consent_state: new URL(url).searchParams.get('state'),
      consent_requested_at: '2026-11-22T10:00:00.500Z',
    });
  });

  test('says every setting back as it was, and a state that verifies', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 16 }).filter((one) => one === one.trim());
    const rows = fc.record({ client_id: text, client_secret: text, redirect_uri: text });
    fc.assert(
      fc.property(rows, (given) => {
        const { url } = makeConsentLink(settingsFor({ ...webApp, ...given }), usualLink, now, counting);
        const { state, ...asked } = Object.fromEntries(new URL(url).searchParams);
        expect(asked).toEqual({
          response_type: 'code',
          client_id: given.client_id,
          redirect_uri: given.redirect_uri,
          scope: webApp['scopes'],
        });
        const app = {
          clientSecret: given.client_secret,
          clientId: given.client_id,
          redirectUri: given.redirect_uri,
        };
        expect(verifyState(state ?? '', app, now, hmacSha256)).toBe('valid');
      }),
    );
  });

  test.each([
    ['several spaces', 'openid   profile'],
    ['a line break', 'openid\r\nprofile'],
    ['space around them', ' openid\tprofile '],
  ])('has one encoded blank between scopes that are given with %s', (_, scopes) => {
    expect(makeConsentLink(settingsFor({ ...webApp, scopes }), usualLink, now, counting).url).toContain(
      '&scope=openid%20profile&',
    );
  });

  test('keeps the parameters that an authorize URL has already', () => {
    const settings = settingsFor({ ...webApp, authorize_url: 'https://login.example/authorize?tenant=1' });
    expect(makeConsentLink(settings, usualLink, now, counting).url).toMatch(/authorize\?tenant=1&response_type=code&/);
  });

  test('never holds the secret', () => {
    expect(JSON.stringify(makeConsentLink(settingsFor(webApp), usualLink, now, counting))).not.toContain(
      'the-client-secret',
    );
  });
});

describe('the consent link of a PKCE app', () => {
  test('has a state that names the environment, and the challenge of a verifier that stays in the file', () => {
    const { url, changes } = makeConsentLink(settingsFor(pkceApp), usualLink, now, counting);
    const verifier = counting(32).toString('base64url');
    const claimed = { name: 'acme', madeAt: now, goodUntil: daysLater(14), mayReplace: false };
    const state = makeKeptState(claimed, counting(24).toString('base64url'));
    expect(changes).toEqual({
      consent_state: state,
      consent_requested_at: '2026-11-22T10:00:00.500Z',
      code_verifier: verifier,
    });
    expect(url.slice(url.indexOf('&state='))).toBe(
      `&state=${state}&code_challenge=${challengeOf(verifier)}&code_challenge_method=S256`,
    );
    expect(url).not.toContain(verifier);
  });

  test('has a state that nobody can guess', () => {
    const states = Array.from({ length: 50 }, () => makeConsentLink(settingsFor(pkceApp), usualLink, now, randomBytes));
    expect(new Set(states.map(({ changes }) => changes.consent_state)).size).toBe(50);
  });

  test('has the challenge of RFC 7636 appendix B for its verifier', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  test('has a verifier of 43 unreserved characters, as RFC 7636 §4.1 wants', () => {
    expect(makeConsentLink(settingsFor(pkceApp), usualLink, now, counting).changes.code_verifier).toMatch(
      /^[A-Za-z0-9._~-]{43}$/,
    );
  });
});

describe.each([
  ['web', webApp],
  ['pkce', pkceApp],
])('what is asked of the link of a %s app', (_, rows) => {
  const second = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000);
  const link = { name: 'acme', madeAt: second(now), goodUntil: second(daysLater(14)), mayReplace: false };

  test.each([
    ['nothing', {}, {}, daysLater(14)],
    ['a shorter life', { validForMs: 86_400_000 }, { goodUntil: second(daysLater(1)) }, daysLater(1)],
    ['leave to replace', { mayReplace: true }, { mayReplace: true }, daysLater(14)],
  ])('is in its state: %s', (__, order, expected, goodUntil) => {
    const made = makeConsentLink(settingsFor(rows), { ...usualLink, ...order }, now, counting);
    expect(claimsIn(made.url)).toEqual({ ...link, ...expected, isOldForm: false });
    expect(made.goodUntil).toEqual(goodUntil);
  });

  test.each([
    ['the second of a success', new Date('2026-11-22T10:00:00.700Z'), new Date('2026-11-22T10:00:01Z')],
    ['a success by a clock that is ahead', new Date('2026-11-22T10:05:00Z'), new Date('2026-11-22T10:05:01Z')],
    ['a success long ago', new Date('2026-11-01T00:00:00Z'), second(now)],
    ['a success by a clock that was wrong', new Date('2027-11-01T00:00:00Z'), second(now)],
  ])('is made after the success that it follows: %s', (__, connectedAt, madeAt) => {
    const settings = settingsFor({ ...rows, connected_at: connectedAt.toISOString() });
    const { url } = makeConsentLink(settings, usualLink, now, counting);
    expect(claimsIn(url)).toMatchObject({ madeAt });
    const kept = {
      ...rows,
      connected_at: connectedAt.toISOString(),
      ...makeConsentLink(settings, usualLink, now, counting).changes,
    };
    const state = new URL(url).searchParams.get('state') ?? '';
    expect(checkState(state, settingsFor(kept), now)).toMatchObject({ isUsedUp: false });
  });

  test.each([
    ['an id', 'tenant-1', 'tenant-1'],
    ['the name held, of which the id is kept', ' Maple  Bakery', 'tenant-9'],
    ['a name that is not held', 'Old Mill', 'Old Mill'],
    ['a name with an expression in it', '{{client_secret}}\n', '{client_secret}'],
    ['none any more', '', ''],
  ])('is kept in the environment: %s', (__, expectTenant, expected) => {
    const settings = settingsFor({ ...rows, tenant_id: 'tenant-9', tenant_name: 'Maple\u200b Bakery' });
    const { changes } = makeConsentLink(settings, { ...usualLink, expectTenant }, now, counting);
    expect(changes.expected_tenant).toBe(expected);
  });
});
