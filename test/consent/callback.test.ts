import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  callbackFailure,
  checkState,
  exchangeVariables,
  parseCallback,
  type Callback,
  type CodeCallback,
  type VerifiedLink,
} from '../../scripts/consent/callback';
import { hmacSha256 } from '../../scripts/consent/hmac';
import { linkLifetimeMs, makeKeptState, makeState, type Claimed, type LinkApp } from '../../scripts/consent/state';
import { settingsOf } from '../../scripts/environment/settings';
import { Failure } from '../../scripts/errors';
import { environmentOf, pkceApp, settingsFor, webApp, type Rows } from '../support/environments';
import { stateOf } from '../support/states';

const url = 'https://app.example/callback?code=abc-123&scope=openid%20profile&state=the-state&session_state=x.y';
const parsed: Callback = {
  kind: 'code',
  url: 'https://callback.invalid/?code=abc-123&state=the-state',
  code: 'abc-123',
  state: 'the-state',
};

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
    const plain = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
      (c) => !/[{}]/.test(c),
    );
    const value = fc.string({ unit: fc.constantFrom(...plain), minLength: 1 });
    fc.assert(
      fc.property(value, value, (code, state) => {
        const pasted = `http://localhost:8080/?code=${encodeURIComponent(code)}&state=${encodeURIComponent(state)}&x`;
        expect(parseCallback(pasted)).toMatchObject({ kind: 'code', code, state });
      }),
    );
  });

  test('is made again from code and state alone, and has nothing that Newman would expand', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('{{', '}}', 'code', '%7B', '%257B', '&', '=', '#', '$', 'é', '\u0000'),
    });
    fc.assert(
      fc.property(hostile, hostile, hostile, (host, code, more) => {
        const pasted = `https://app.example/${host}?code=a${code}&state=s&${more}`;
        const read = outcomeOf(() => parseCallback(pasted));
        expect(read === undefined || read.kind === 'error' || /^[!-z|~]+$/.test(read.url)).toBe(true);
      }),
    );
  });

  test.each([
    ['a variable', '{{code}}{{code}}{{code}}', 'bad_code'],
    ['a secret', '{{client_secret}}', 'bad_code'],
    ['one brace', 'a{b', 'bad_code'],
    ['a line break', 'a\r\nb', 'bad_code'],
    ['a control character', 'a\u0000b', 'bad_code'],
    ['another script', 'çode', 'bad_code'],
    ['2,049 characters', 'a'.repeat(2049), 'bad_code'],
  ])('is refused when its code or its state is %s', (_, text, code) => {
    const value = encodeURIComponent(text);
    expect(() => parseCallback(`https://app.example/?code=${value}&state=s`)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => parseCallback(`https://app.example/?code=c&state=${value}`)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_state' }),
    );
  });

  test('takes a code and a state of 2,048 characters', () => {
    const long = 'a'.repeat(2048);
    const read = parseCallback(`https://app.example/?code=${long}&state=${long}`);
    expect(read).toMatchObject({ code: long, state: long });
  });

  test('is an error with plain words, and never with a bad state', () => {
    const words = encodeURIComponent('Not\u001b[2J\r\nnow\u202e {{client_secret}}');
    const read = parseCallback(
      `https://app.example/?error=access_denied&error_description=${words}&state=%7B%7Bx%7D%7D`,
    );
    const description = 'Not [2J now {client_secret}';
    expect(read).toEqual({ kind: 'error', error: 'access_denied', description, state: '' });
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
    ['a script', 'javascript:alert(1)?code=abc-123&state=s', 'not_a_url'],
    ['a file', 'file:///callback?code=abc-123&state=s', 'not_a_url'],
    ['a URL without host', 'https://?code=abc-123&state=s', 'not_a_url'],
    ['a URL without code', 'https://app.example/callback?state=s', 'no_code'],
    ['a URL with an empty code', 'https://app.example/callback?code=&state=s', 'no_code'],
    ['a URL without state', 'https://app.example/callback?code=abc-123&session_state=x', 'no_state'],
    ['a URL that ends before its state', 'https://app.example/callback?code=abc-123', 'cut_off'],
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
const app: LinkApp = {
  clientSecret: 'the-client-secret',
  clientId: webApp['client_id'] ?? '',
  redirectUri: webApp['redirect_uri'] ?? '',
};
const linkOf = (name: string, madeAt: Date, mayReplace = false): Claimed => {
  return { name, madeAt, goodUntil: new Date(madeAt.getTime() + linkLifetimeMs), mayReplace };
};
const stateFor = (name: string, at = now, key = app.clientSecret): string =>
  makeState(linkOf(name, at), { ...app, clientSecret: key }, 'nonce', hmacSha256);
const oldStateFor = (name: string, at = now, key = app.clientSecret): string =>
  stateOf(name, at.getTime() / 1000, 'nonce', key);

describe('the state of a web app', () => {
  const settings = settingsOf(environmentOf(webApp, 'acme', 'Acme Ltd'), {}, 'acme.json');
  const link = { madeAt: now, mayReplace: false, isUsedUp: false, isOldForm: false };

  test.each<[string, string, Partial<VerifiedLink>]>([
    ["the file's name", stateFor('acme'), {}],
    ['the name inside the file', stateFor('Acme Ltd'), {}],
    ['a link of 14 days ago', stateFor('acme', ago(linkLifetimeMs)), { madeAt: ago(linkLifetimeMs) }],
    ['a link that may replace', makeState(linkOf('acme', now, true), app, 'n', hmacSha256), { mayReplace: true }],
    ['a link of an earlier version', oldStateFor('acme'), { isOldForm: true }],
  ])('answers a link for %s', (_, state, expected) => {
    expect(checkState(state, settings, now)).toEqual({ ...link, ...expected });
  });

  test.each([
    ['another environment', stateFor('other'), 'invalid', 'wrong_state'],
    ['another secret', stateFor('acme', now, 'another-secret-of-some-length'), 'invalid', 'wrong_state'],
    [
      'another client_id',
      makeState(linkOf('acme', now), { ...app, clientId: 'b' }, 'n', hmacSha256),
      'invalid',
      'wrong_state',
    ],
    [
      'another redirect_uri',
      makeState(linkOf('acme', now), { ...app, redirectUri: 'https://b' }, 'n', hmacSha256),
      'invalid',
      'wrong_state',
    ],
    ['another secret, in the old form', oldStateFor('acme', now, 'another'), 'invalid', 'wrong_state'],
    ['no link', 'the-state', 'invalid', 'wrong_state'],
    ['a PKCE app', makeKeptState(linkOf('acme', now), 'n'), 'invalid', 'wrong_state'],
    ['nothing', '', 'invalid', 'wrong_state'],
    ['a link that is too old', stateFor('acme', ago(linkLifetimeMs + 1000)), 'consent_needed', 'link_expired'],
    ['an old one that is too old', oldStateFor('acme', ago(linkLifetimeMs + 1000)), 'consent_needed', 'link_expired'],
    ['a link from tomorrow', stateFor('acme', ago(-86_400_000)), 'consent_needed', 'link_expired'],
  ])('of %s is refused', (_, state, kind, code) => {
    expect(() => checkState(state, settings, now)).toThrow(expect.objectContaining({ kind, code }));
  });

  test.each([
    ['when it was good', stateFor('acme', new Date('2026-11-01T00:00:00Z')), 'was good until 2026-11-15'],
    ['that a clock is wrong', stateFor('acme', new Date('2027-01-01T00:00:00Z')), 'a clock is wrong'],
    ['that it is of an earlier version', oldStateFor('acme', now, 'another'), 'made by an earlier version'],
  ])('says %s in its refusal', (_, state, words) => {
    expect(refusalOf(() => checkState(state, settings, now))).toContain(words);
  });

  test.each([
    ['in file and link', { ...webApp }, {}],
    ['outside, where the file has none', { ...webApp, client_secret: '' }, { XERO_CLIENT_SECRET: app.clientSecret }],
    [
      'outside, while the file has the next one',
      { ...webApp, client_secret: 'the-next-client-secret' },
      { XERO_CLIENT_SECRET: app.clientSecret },
    ],
    [
      'the one before',
      { ...webApp, client_secret: 'the-next-client-secret' },
      { XERO_CLIENT_SECRET_PREVIOUS: ` ${app.clientSecret}` },
    ],
    [
      'the one before, while the next is too short',
      { ...webApp, client_secret: 'short' },
      { XERO_CLIENT_SECRET_PREVIOUS: app.clientSecret },
    ],
  ])('is verified with a secret that is %s', (_, rows, env) => {
    const settings = settingsFor(rows, { EVERGRANT_HOSTS: 'login.example', ...env });
    expect(checkState(stateFor('acme'), settings, now)).toEqual(link);
    expect(checkState(oldStateFor('acme'), settings, now)).toEqual({ ...link, isOldForm: true });
  });

  test('is never good without a secret', () => {
    const blank = settingsFor({ ...webApp, client_secret: '' });
    expect(() => checkState(stateFor('acme', now, ''), blank, now)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });

  test.each([stateFor('acme', now, 'fifteen-letters'), oldStateFor('acme', now, 'fifteen-letters')])(
    'is not good under a secret of under 16 characters, and that is said',
    (state) => {
      const short = settingsFor({ ...webApp, client_secret: 'fifteen-letters' });
      expect(() => checkState(state, short, now)).toThrow(
        expect.objectContaining({
          kind: 'invalid',
          code: 'weak_secret',
          message: expect.not.stringContaining('fifteen'),
        }),
      );
    },
  );

  test.each([
    ['a link made before the last success', ago(60_000), ago(30_000), true],
    ['a link made after it', ago(30_000), ago(60_000), false],
    ['a success that is still to come, which a wrong clock has dated', now, ago(-86_400_000), false],
    ['no date', now, new Date(Number.NaN), false],
  ])('is used up by a success: %s', (_, madeAt, connectedAt, used) => {
    const connected_at = Number.isNaN(connectedAt.getTime()) ? 'some day' : connectedAt.toISOString();
    const connected = settingsFor({ ...webApp, connected_at });
    expect(checkState(stateFor('acme', madeAt), connected, now).isUsedUp).toBe(used);
    expect(checkState(oldStateFor('acme', madeAt), connected, now).isUsedUp).toBe(used);
  });

  test.each([
    ['the link that succeeded is used up', stateFor('acme', ago(0)), true],
    ['another one is not, because it may have been made later', stateFor('acme', ago(0)), false],
  ])('is compared in seconds: in the second of the success, %s', (_, state, used) => {
    const consent_state = used ? state : 'another';
    const connected = settingsFor({ ...webApp, connected_at: ago(-999).toISOString(), consent_state });
    expect(checkState(state, connected, now).isUsedUp).toBe(used);
  });
});

describe('the variables of Exchange code', () => {
  const callbackWith = (state: string): CodeCallback => ({ kind: 'code', url: '', code: 'a+b/c==', state });

  test.each([
    ['as it came', webApp, stateFor('acme'), stateFor('acme')],
    ['under the secret of now', webApp, stateFor('acme', now, 'the-secret-before-that'), stateFor('acme')],
    ['in its own form', webApp, oldStateFor('acme', now, 'the-secret-before-that'), oldStateFor('acme')],
    ['as a PKCE app has kept it', pkceApp, 'the-state', 'the-state'],
  ])('hold a verified state %s, and no brace', (_, rows, state, shown) => {
    expect(exchangeVariables(settingsFor(rows), callbackWith(state))).toEqual({
      callback_url: `https://callback.invalid/?code=a%2Bb%2Fc%3D%3D&state=${shown}`,
      consent_state: shown,
    });
  });
});

describe('the state of a PKCE app', () => {
  const kept = { consent_state: 'the-state', consent_requested_at: now.toISOString(), code_verifier: 'v' };
  const check = (rows: Rows, state: string): VerifiedLink =>
    checkState(state, settingsFor({ ...pkceApp, ...kept, ...rows }), now);
  const expected = { madeAt: now, mayReplace: false, isUsedUp: false, isOldForm: false };

  test.each([
    ['as kept', {}, {}],
    [
      'as kept 14 days ago',
      { consent_requested_at: ago(linkLifetimeMs).toISOString() },
      { madeAt: ago(linkLifetimeMs) },
    ],
    ['as kept some day', { consent_requested_at: '' }, {}],
    ['whenever another one succeeded', { connected_at: now.toISOString() }, {}],
  ])('is good %s', (_, rows, difference) => {
    expect(check(rows, 'the-state')).toEqual({ ...expected, ...difference });
  });

  test('says what its link may do, and until when', () => {
    const state = makeKeptState({ ...linkOf('acme', ago(86_400_000), true), goodUntil: now }, 'nonce');
    expect(check({ consent_state: state }, state)).toEqual({ ...expected, madeAt: ago(86_400_000), mayReplace: true });
    expect(() => checkState(state, settingsFor({ ...pkceApp, ...kept, consent_state: state }), ago(-1000))).toThrow(
      expect.objectContaining({ kind: 'consent_needed', code: 'link_expired' }),
    );
  });

  test('is refused when what its link may do was changed', () => {
    const state = makeKeptState(linkOf('acme', now), 'nonce');
    const flipped = makeKeptState(linkOf('acme', now, true), 'nonce');
    expect(() => check({ consent_state: state }, flipped)).toThrow(expect.objectContaining({ code: 'wrong_state' }));
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
    [
      'access_denied',
      'My app needs to complete certification before they can connect to more Xero organisations',
      'refused',
      'connection_limit',
    ],
    ['access_denied', 'This organisation has reached its limit of uncertified apps', 'refused', 'connection_limit'],
    ['unauthorized_client', 'The connected app limit has been reached', 'refused', 'connection_limit'],
    ['access_denied', 'The user is not certain', 'consent_needed', 'access_denied'],
    ['unauthorized_client', '', 'refused', 'unauthorized_client'],
    ['<b>', '', 'refused', 'an error'],
  ])('%s "%s" means %s', (error, description, kind, code) => {
    const failure = callbackFailure({ kind: 'error', error, description, state: '' }, 'acme');
    expect(failure).toMatchObject({ kind, code, hint: expect.stringContaining('npx evergrant consent acme') });
  });
});

function outcomeOf<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

function refusalOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.message} ${error.hint}`;
  }
}
