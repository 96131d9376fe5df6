import { describe, expect, test } from 'vitest';
import { withoutSecretPlaces } from '../../scripts/text/secret-places';

describe('what stands where a secret stands is hidden, however short it is', () => {
  test.each([
    [
      'a form',
      'grant_type=refresh_token&refresh_token=2026&client_id=a',
      'grant_type=refresh_token&refresh_token=[secret]&client_id=a',
    ],
    ['an address', 'http://x/callback?code=1&state=s#code=2', 'http://x/callback?code=[secret]&state=s#code=[secret]'],
    [
      'JSON that was cut off',
      '{"expires_in":1800, "access_token" : "20',
      '{"expires_in":1800, "access_token" : "[secret]',
    ],
    [
      'a text',
      'client_secret=a, and clientSecret=b; Status=401',
      'client_secret=[secret] and clientSecret=[secret]; Status=401',
    ],
  ])('in %s', (_, text, hidden) => {
    expect(withoutSecretPlaces(text)).toBe(hidden);
  });

  test('in JSON at any depth, whose keys, statuses and dates stay', () => {
    const json = {
      access_token: '2026',
      Refresh_Token: 2026,
      expires_in: 1800,
      date: '2026-11-22',
      status: 'code',
      error: 'invalid_grant',
      code: '',
      nested: [{ 'client-secret': 'null', url: 'http://x/?a=b&code=7' }],
      values: [{ key: 'client_secret', value: 'x', type: 'secret' }],
    };
    expect(JSON.parse(withoutSecretPlaces(JSON.stringify(json)))).toEqual({
      ...json,
      access_token: '[secret]',
      Refresh_Token: '[secret]',
      nested: [{ 'client-secret': '[secret]', url: 'http://x/?a=b&code=[secret]' }],
      values: [{ key: 'client_secret', value: '[secret]', type: 'secret' }],
    });
  });
});
