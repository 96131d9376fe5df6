import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callbackFailure, checkState, parseCallback, type Callback } from '../../scripts/core/callback';
import { settingsOf } from '../../scripts/core/settings';
import { linkLifetimeMs, makeState } from '../../scripts/core/state';
import { Failure } from '../../scripts/errors';
import { environmentOf, pkceApp, settingsFor, webApp, type Rows } from './environments';

const url = 'https://app.example/callback?code=abc-123&scope=openid%20profile&state=the-state&session_state=x.y';
const parsed: Callback = { kind: 'code', url, code: 'abc-123', state: 'the-state' };

describe('a pasted callback URL', () => {
  test.each([
    ['as it is', url],
    ['white space around it', `  \t${url}\r\n`],
    ['a line break inside', url.replace('state', 'st\nate')],
    ['line breaks and indents of a mail', url.replaceAll('&', '\r\n    &')],
    ['a no-break space', `\u00a0${url}\u00a0`],
    ['a byte order mark', `\uFEFF${url}`],
    ['double quotes', `"${url}"`],
    ['single quotes', `'${url}'`],
    ['angle brackets', `<${url}>`],
    ['brackets', `(${url})`],
    ['quotes inside angle brackets', ` <"${url}"> `],
  ])('is read with %s', (_, pasted) => {
    expect(parseCallback(pasted)).toEqual(parsed);
  });

  test('is read however it was broken into lines', () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t', '\u00a0'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(url.length), space)), (breaks) => {
        const pasted = breaks.reduce((text, [at, gap]) => text.slice(0, at) + gap + text.slice(at), url);
        expect(parseCallback(pasted)).toEqual(parsed);
      }),
    );
  });

  test('gives code and state decoded', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(value, value, (code, state) => {
        const pasted = `http://localhost:8080/?code=${encodeURIComponent(code)}&state=${encodeURIComponent(state)}&x`;
        expect(parseCallback(pasted)).toMatchObject({ kind: 'code', code, state });
      }),
    );
  });

  test.each([
    ['with words', '?error=access_denied&error_description=Not%20now&state=s', 'access_denied', 'Not now', 's'],
    ['without words or state', '?error=server_error', 'server_error', '', ''],
    ['beside a code', '?code=abc&error=access_denied&state=s', 'access_denied', '', 's'],
  ])('is an error %s', (_, query, error, description, state) => {
    expect(parseCallback(`https://app.example/callback${query}`)).toEqual({ kind: 'error', error, description, state });
  });

  test.each([
    ['nothing', '', 'no_callback'],
    ['white space', ' \n ', 'no_callback'],
    ['quotes alone', '""', 'no_callback'],
    ['a code alone', 'abc-123', 'not_a_url'],
    ['a path', '/callback?code=abc-123&state=s', 'not_a_url'],
    ['a script', 'javascript:alert(1)?code=abc-123&state=s', 'not_a_url'],
    ['a file', 'file:///callback?code=abc-123&state=s', 'not_a_url'],
    ['a URL without host', 'https://?code=abc-123&state=s', 'not_a_url'],
    ['a URL without code', 'https://app.example/callback?state=s', 'no_code'],
    ['a URL with an empty code', 'https://app.example/callback?code=&state=s', 'no_code'],
    ['a URL without state', 'https://app.example/callback?code=abc-123', 'no_state'],
    ['the consent link itself', 'https://login.example/authorize?response_type=code&state=s', 'consent_link'],
  ])('is refused when it is %s', (_, pasted, code) => {
    expect(() => parseCallback(pasted)).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });

  test('is never quoted in a refusal, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: 'binary' })), (noise) => {
        const pasted = `${noise}?code=CANARY`;
        expect(refusalOf(() => parseCallback(pasted))).not.toContain('CANARY');
      }),
    );
  });
});

const now = new Date('2026-11-22T10:00:00.000Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const stateFor = (name: string, at = now, key = 'the-client-secret'): string =>
  makeState(name, key, at, Buffer.alloc(16));

describe('the state of a web app', () => {
  const settings = settingsOf(environmentOf(webApp, 'acme', 'Acme Ltd'), {}, 'acme.json');

  test.each([
    ["the file's name", stateFor('acme')],
    ['the name inside the file', stateFor('Acme Ltd')],
    ['a link of 14 days ago', stateFor('acme', ago(linkLifetimeMs))],
  ])('answers a link for %s', (_, state) => {
    expect(() => checkState(state, settings, now)).not.toThrow();
  });

  test.each([
    ['another environment', stateFor('other'), 'invalid', 'wrong_state'],
    ['another secret', stateFor('acme', now, 'another'), 'invalid', 'wrong_state'],
    ['no link', 'the-state', 'invalid', 'wrong_state'],
    ['nothing', '', 'invalid', 'wrong_state'],
    ['a link that is too old', stateFor('acme', ago(linkLifetimeMs + 1000)), 'consent_needed', 'link_expired'],
    ['a link from tomorrow', stateFor('acme', ago(-86_400_000)), 'consent_needed', 'link_expired'],
  ])('of %s is refused', (_, state, kind, code) => {
    expect(() => checkState(state, settings, now)).toThrow(expect.objectContaining({ kind, code }));
  });

  test('is verified with a secret that came from outside', () => {
    const blank = settingsFor({ ...webApp, client_secret: '' }, { XERO_CLIENT_SECRET: 'the-client-secret' });
    expect(() => checkState(stateFor('acme'), blank, now)).not.toThrow();
  });

  test('is never good without a secret', () => {
    const blank = settingsFor({ ...webApp, client_secret: '' });
    expect(() => checkState(stateFor('acme', now, ''), blank, now)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });
});

describe('the state of a PKCE app', () => {
  const kept = { consent_state: 'the-state', consent_requested_at: now.toISOString(), code_verifier: 'v' };
  const check = (rows: Rows, state: string): void =>
    checkState(state, settingsFor({ ...pkceApp, ...kept, ...rows }), now);

  test.each([
    ['as kept', {}],
    ['as kept 14 days ago', { consent_requested_at: ago(linkLifetimeMs).toISOString() }],
    ['as kept some day', { consent_requested_at: '' }],
  ])('is good %s', (_, rows) => {
    expect(() => check(rows, 'the-state')).not.toThrow();
  });

  test.each([
    ['of another link', {}, 'another', 'invalid', 'wrong_state'],
    ['when none is kept', { consent_state: '' }, '', 'invalid', 'wrong_state'],
    ['when the verifier is used', { code_verifier: '' }, 'the-state', 'invalid', 'wrong_state'],
    ['that a web app would accept', {}, stateFor('acme'), 'invalid', 'wrong_state'],
    [
      'of a link over 14 days old',
      { consent_requested_at: ago(linkLifetimeMs + 1).toISOString() },
      'the-state',
      'consent_needed',
      'link_expired',
    ],
  ])('is refused %s', (_, rows: Rows, state, kind, code) => {
    expect(() => check(rows, state)).toThrow(expect.objectContaining({ kind, code }));
  });
});

describe('an error on the callback', () => {
  test.each([
    ['access_denied', '', 'consent_needed', 'access_denied'],
    ['access_denied', 'The user cancelled', 'consent_needed', 'access_denied'],
    ['access_denied', 'Requested wrong apps scopes', 'refused', 'invalid_scope'],
    ['unauthorized_client', '', 'refused', 'unauthorized_client'],
    ['<b>', '', 'refused', 'an error'],
  ])('%s "%s" means %s', (error, description, kind, code) => {
    const failure = callbackFailure({ kind: 'error', error, description, state: '' }, 'acme');
    expect(failure).toMatchObject({ kind, code, hint: expect.stringContaining('npx evergrant consent acme') });
  });
});

function refusalOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.message} ${error.hint}`;
  }
}
