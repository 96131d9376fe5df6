import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Request, Response, type RequestDefinition } from 'postman-collection';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Exchange } from '../../scripts/newman/steps';
import { openRecording } from '../../scripts/qa/recording/recording';
import { parseRecording, type RecordedScenario } from '../../scripts/qa/recording/recording-file';
import { expectNoSecret } from '../support/leaks';
import { recordRun, sampleScenarios, type RecordedRun } from './support/recorded-run';

const baseUrl = 'http://localhost:40123';

function exchange(request: RequestDefinition, body = '', headers: Record<string, string> = {}): Exchange {
  const header = Object.entries(headers).map(([key, value]) => ({ key, value }));
  const response = new Response({ code: 200, body, header, responseTime: 1 });
  return { at: { row: 0, position: 0, name: 'A step' }, request: new Request(request), response };
}

const get = (url: string): RequestDefinition => ({ url, method: 'GET' });
const postForm = (key: string, value: string): RequestDefinition => ({
  url: baseUrl,
  method: 'POST',
  body: { mode: 'urlencoded', urlencoded: [{ key, value }] },
});
const withHeader = (key: string, value: string): RequestDefinition => ({ ...get(baseUrl), header: [{ key, value }] });
const answered = (body: unknown): Exchange => exchange(get(baseUrl), JSON.stringify(body));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const jwtOf = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

function recorded(...exchanges: Exchange[]): RecordedScenario | undefined {
  const recording = openRecording({ seed: '1', baseUrl });
  recording.scenario('QA-001');
  for (const one of exchanges) recording.add(one);
  return parseRecording(recording.text(), 'it').scenarios['QA-001'];
}

describe('two runs with the same seed against two fresh sandboxes', () => {
  let runs: RecordedRun[];
  beforeAll(async () => {
    const scenarios = sampleScenarios();
    runs = await Promise.all([recordRun(scenarios, '7'), recordRun(scenarios, '7')]);
  }, 300_000);

  test('leave the same recording, byte for byte', () => {
    expect(runs[0]?.text).toBe(runs[1]?.text);
  });

  test('leave no secret in it', () => {
    const secrets = [...(runs[0]?.secrets ?? [])];
    expect(secrets.length).toBeGreaterThan(10);
    expectNoSecret(runs[0]?.text ?? '', secrets, 'the recording');
  });
});

describe('in a recording', () => {
  test('a value has one placeholder, whatever it is called where it turns up again', () => {
    const code = 'w3SqS-NEKC5cGMeEvgE09XvK7PTTyjsqW22qHpbusOF';
    const callbackUrl = `${baseUrl}/callback?code=${code}&scope=openid%20email`;
    const both = recorded(answered({ callbackUrl, seen: `it is ${code}.` }), exchange(postForm('code', code)));
    const json = { callbackUrl: '‹base›/callback?code=‹code 1›&scope=openid%20email', seen: 'it is ‹code 1›.' };
    expect(both?.exchanges).toMatchObject([
      { answer: { body: { json } } },
      { request: { body: { form: ['code=‹code 1›'] } } },
    ]);
  });

  test('credentials are told apart by their scheme, and a JWT by its claims', () => {
    const token = jwtOf({ xero_tenant_id: '6f0da21b-c15f-4e04-a839-44b2e8e92002', scope: ['openid'] });
    const request = withHeader('Authorization', `Basic ${base64('the-client:its-secret')}`);
    expect(recorded(exchange(request, JSON.stringify({ access_token: token })))).toMatchObject({
      exchanges: [
        {
          request: { headers: { authorization: 'Basic ‹client_id 1›:‹client_secret 1›' } },
          answer: { body: { json: { access_token: '‹jwt 1›' } } },
        },
      ],
      jwts: { 'jwt 1': { xero_tenant_id: '‹uuid 1›', scope: ['openid'] } },
    });
  });

  test('JWTs that say the same are one, unless they have ids of their own', () => {
    const tokens = [{ exp: 1795354689 }, { exp: 1795354690 }, { jti: 'a' }, { jti: 'b' }].map((claims) =>
      jwtOf(claims),
    );
    const answer = exchange(get(baseUrl), JSON.stringify({ tokens }), { Date: 'Sun, 22 Nov 2026 13:08:08 GMT' });
    expect(recorded(answer)).toMatchObject({
      exchanges: [{ answer: { body: { json: { tokens: ['‹jwt 1›', '‹jwt 1›', '‹jwt 2›', '‹jwt 3›'] } } } }],
      jwts: { 'jwt 1': { exp: '‹#seconds 30m›' }, 'jwt 2': { jti: '‹id 1›' }, 'jwt 3': { jti: '‹id 2›' } },
    });
  });

  test('Xero’s own addresses stay', () => {
    const recording = openRecording({ seed: '1', baseUrl: '' });
    recording.scenario('QA-001');
    recording.add(exchange(get('https://api.xero.com/connections')));
    expect(parseRecording(recording.text(), 'it').scenarios['QA-001']?.exchanges).toMatchObject([
      { request: { url: 'https://api.xero.com/connections' } },
    ]);
  });

  test.each([
    ['"2026-08-24T13:08:08.7750000"', '‹iso7 -90d›'],
    ['"2026-11-22T13:37:10.123Z"', '‹iso3Z 29m›'],
    ['"Sun, 22 Nov 2026 14:08:09 GMT"', '‹date 1h›'],
    ['"token expired at 11/22/2026 13:08:01"', 'token expired at ‹monthfirst 0m›'],
    ['"/Date(1795352889990)/"', '/Date(‹milliseconds 0m›)/'],
    ['1795354689', '‹#seconds 30m›'],
    ['1800', 1800],
    ['"2026-01-01T00:00:00Z"', '2026-01-01T00:00:00Z'],
  ])('the instant %s is told from the server’s clock', (json, told) => {
    const date = { Date: 'Sun, 22 Nov 2026 13:08:08 GMT' };
    expect(recorded(exchange(get(baseUrl), `{"at":${json}}`, date))?.exchanges).toMatchObject([
      { answer: { body: { json: { at: told } } } },
    ]);
  });

  test('a wait that the scenario ordered stays, and any other goes', () => {
    const order = { mode: 'raw' as const, raw: '{"fault":"status","status":429,"retryAfter":7}' };
    const scenario = recorded(
      exchange({ url: `${baseUrl}/sandbox/faults`, method: 'POST', body: order }),
      exchange(get(baseUrl), '', { 'Retry-After': '7' }),
      exchange(get(baseUrl), '', { 'Retry-After': '43' }),
    );
    const headers = scenario?.exchanges.map(({ answer }) => answer?.headers);
    expect(headers).toEqual([{}, { 'retry-after': '7' }, { 'retry-after': '‹duration›' }]);
  });

  test('an answer that never came is null', () => {
    expect(recorded({ ...exchange(get(baseUrl)), response: undefined })?.exchanges).toMatchObject([{ answer: null }]);
  });
});

describe('no secret is in a recording', () => {
  const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/');
  /** As random as secrets are: two that have twenty characters in common are one. */
  const secret = fc.tuple(fc.nat(), fc.integer({ min: 19, max: 80 })).map(([number, length]) => {
    const bytes = [0, 1].flatMap((half) => [...createHash('sha512').update(`${number} ${length} ${half}`).digest()]);
    return `${bytes
      .slice(0, length)
      .map((byte) => alphabet[byte % alphabet.length])
      .join('')}7`;
  });
  const url = encodeURIComponent;

  /** Where it is a secret by its name. */
  const sources: readonly ((value: string) => Exchange)[] = [
    (value) => answered({ refresh_token: value }),
    (value) => answered([{ key: 'client_secret', value }]),
    (value) => answered({ url: `http://a.example/?code=${url(value)}` }),
    (value) => answered({ access_token: jwtOf({ sid: value }) }),
    (value) => exchange(get(baseUrl), `{"id_token":"${value}","access_to`),
    (value) => exchange(get(`${baseUrl}/authorize?state=${url(value)}&code_challenge=x`)),
    (value) => exchange(get(baseUrl), '', { Location: `/login?to=%2F%3Fcode_challenge%3D${url(url(value))}` }),
    (value) => exchange(postForm('code_verifier', value)),
    (value) => exchange(withHeader('Authorization', `Bearer ${value}`)),
    (value) => exchange(withHeader('Authorization', `Basic ${base64(`app:${value}`)}`)),
  ];

  /** Where nothing says that it is one. */
  const places: readonly ((text: string) => Exchange)[] = [
    (text) => answered({ message: [`it was ${text}`] }),
    (text) => answered({ [text]: 1 }),
    (text) => answered({ id_token: jwtOf({ remark: text }) }),
    (text) => exchange(get(baseUrl), `<html><p>${text}</p></html>`),
    (text) => exchange(get(baseUrl), `{"x":"${text.replaceAll('/', '\\/')}","cut`),
    (text) => exchange(get(baseUrl), '', { 'X-Rate-Limit-Problem': text, Location: `/at/${text}` }),
    (text) => exchange(get(baseUrl), '', { 'WWW-Authenticate': `Bearer error="${text}"` }),
    (text) => exchange(get(`${baseUrl}/${text}/x`)),
    (text) => exchange(postForm('x', text)),
    (text) => exchange({ url: baseUrl, method: 'POST', body: { mode: 'raw', raw: `x ${text}` } }),
    (text) => exchange(withHeader('xero-tenant-id', text)),
  ];
  const encodings: readonly ((value: string) => string)[] = [
    (value) => value,
    url,
    (value) => url(url(value)),
    (value) => new URLSearchParams({ s: value }).toString().slice(2),
    (value) => Buffer.from(value).toString('hex'),
    (value) => base64(`a${value}`),
    (value) => Buffer.from(`ab${value}cd`).toString('base64url'),
  ];

  const appearance = fc.record({
    source: fc.constantFrom(...sources),
    again: fc.array(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...encodings)), { maxLength: 4 }),
    isFirst: fc.boolean(),
    value: secret,
  });
  const runs = fc.array(fc.array(appearance, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 });

  test('whatever it is called, wherever and however it turns up again, before or after', () => {
    fc.assert(
      fc.property(runs, (scenarios) => {
        const recording = openRecording({ seed: '1', baseUrl });
        for (const [at, appearances] of scenarios.entries()) {
          recording.scenario(`QA-00${at}`);
          for (const { source, again, isFirst, value } of appearances) {
            const others = again.map(([place, encode]) => place(encode(value)));
            const all = isFirst ? [source(value), ...others] : [...others, source(value)];
            for (const one of all) recording.add(one);
          }
        }
        const secrets = scenarios.flat().map(({ value }) => value);
        expectNoSecret(recording.text(), secrets, 'the recording');
      }),
      { numRuns: 200 },
    );
  });
});
