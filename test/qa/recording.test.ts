import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../scripts/newman/steps';
import { openRecording } from '../../scripts/qa/recording/recording';
import { parseRecording, type RecordedScenario } from '../../scripts/qa/recording/recording-file';
import { answered, base64, baseUrl, exchange, get, jwtOf, postForm, withHeader } from './support/exchanges';

function recorded(...exchanges: Exchange[]): RecordedScenario | undefined {
  const recording = openRecording({ seed: '1', baseUrl });
  recording.scenario('QA-001');
  for (const one of exchanges) recording.add(one);
  return parseRecording(recording.text(), 'it').scenarios['QA-001'];
}

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
