import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { challengeOf, makeConsentLink } from '../../scripts/core/consent-link';
import { verifyState } from '../../scripts/core/state';
import { pkceApp, settingsFor, webApp } from './environments';

const now = new Date('2026-11-22T10:00:00.500Z');
const counting = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, index) => index));

describe('the consent link of a web app', () => {
  test('is the authorize URL with its five parameters in order, scopes parted by %20', () => {
    const { url } = makeConsentLink(settingsFor(webApp), now, counting);
    const claims = Buffer.from(JSON.stringify({ n: 'acme', t: 1795341600, r: 'AAECAwQFBgcICQoLDA0ODw' }));
    const signed = `eg1.${claims.toString('base64url')}`;
    const mac = createHmac('sha256', 'the-client-secret').update(signed).digest('base64url');
    expect(url).toBe(
      'https://login.example/identity/connect/authorize?response_type=code&client_id=the-client' +
        '&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=offline_access%20accounting.transactions' +
        `&state=${signed}.${mac}`,
    );
  });

  test('changes only the rows that remember it', () => {
    const { url, changes } = makeConsentLink(settingsFor(webApp), now, counting);
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
        const { url } = makeConsentLink(settingsFor({ ...webApp, ...given }), now, counting);
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
        expect(verifyState(state ?? '', app, now)).toBe('valid');
      }),
    );
  });

  test.each([
    ['several spaces', 'openid   profile'],
    ['a line break', 'openid\r\nprofile'],
    ['space around them', ' openid\tprofile '],
  ])('parts scopes by one %%20 that are parted by %s', (_, scopes) => {
    expect(makeConsentLink(settingsFor({ ...webApp, scopes }), now, counting).url).toContain(
      '&scope=openid%20profile&',
    );
  });

  test('goes on with the parameters that an authorize URL has already', () => {
    const settings = settingsFor({ ...webApp, authorize_url: 'https://login.example/authorize?tenant=1' });
    expect(makeConsentLink(settings, now, counting).url).toMatch(/authorize\?tenant=1&response_type=code&/);
  });

  test('never holds the secret', () => {
    expect(JSON.stringify(makeConsentLink(settingsFor(webApp), now, counting))).not.toContain('the-client-secret');
  });
});

describe('the consent link of a PKCE app', () => {
  test('carries a random state and the challenge of a verifier that stays behind', () => {
    const { url, changes } = makeConsentLink(settingsFor(pkceApp), now, counting);
    const verifier = counting(32).toString('base64url');
    expect(changes).toEqual({
      consent_state: counting(24).toString('base64url'),
      consent_requested_at: '2026-11-22T10:00:00.500Z',
      code_verifier: verifier,
    });
    expect(url.slice(url.indexOf('&state='))).toBe(
      `&state=${counting(24).toString('base64url')}&code_challenge=${challengeOf(verifier)}&code_challenge_method=S256`,
    );
    expect(url).not.toContain(verifier);
  });

  test('has the challenge of RFC 7636 appendix B for its verifier', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  test('has a verifier of 43 unreserved characters, as RFC 7636 §4.1 wants', () => {
    expect(makeConsentLink(settingsFor(pkceApp), now, counting).changes.code_verifier).toMatch(/^[A-Za-z0-9._~-]{43}$/);
  });
});
