import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractKeys } from '../../scripts/environment/environment';
import { changesForTokens, grantOf, rotatedAt, tokenKeys, type Grant } from '../../scripts/environment/grant';
import { environmentOf, type Rows } from '../support/environments';
import { shareOf } from '../../scripts/text/share';

const now = new Date('2026-11-22T10:00:00.000Z');
const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();
const day = 86_400_000;
const connected: Rows = {
  app_type: 'web',
  access_token: 'a',
  refresh_token: 'r',
  access_token_expires_at: after(-day),
  refresh_token_expires_at: after(59 * day),
  generation: '7',
  grant_status: 'connected',
};

describe('the state of a grant', () => {
  test.each<[string, Rows, Grant['state']]>([
    ['a refresh token', {}, 'connected'],
    ['a refresh token that ends some day', { refresh_token_expires_at: '' }, 'connected'],
    ['a refresh token that ends in a millisecond', { refresh_token_expires_at: after(1) }, 'connected'],
    ['a refresh token that ends now', { refresh_token_expires_at: now.toISOString() }, 'consent_needed'],
    ['a refresh token that ended', { refresh_token_expires_at: after(-1) }, 'consent_needed'],
    ['a mark', { refresh_started_at: after(-60_000) }, 'interrupted'],
    ['a mark that is no date', { refresh_started_at: 'yesterday' }, 'interrupted'],
    [
      'a mark and a refresh token that ended',
      { refresh_started_at: after(-1), refresh_token_expires_at: after(-1) },
      'interrupted',
    ],
    ['a mark and no refresh token', { refresh_started_at: after(-1), refresh_token: '' }, 'never_connected'],
    ['no refresh token', { refresh_token: ' ' }, 'never_connected'],
    [
      'no refresh token but a status that says its end',
      { refresh_token: '', grant_status: 'consent_needed' },
      'consent_needed',
    ],
    ['a status that says its end', { grant_status: 'consent_needed' }, 'consent_needed'],
    [
      'a status that says its end, and a mark',
      { grant_status: 'consent_needed', refresh_started_at: after(-1) },
      'consent_needed',
    ],
    ['an unknown status', { grant_status: 'fine' }, 'connected'],
    ['a custom connection with a token', { app_type: 'custom_connection', refresh_token: '' }, 'connected'],
    ['a custom connection without', { app_type: 'custom_connection', access_token: '' }, 'never_connected'],
    [
      'a custom connection refused',
      { app_type: 'custom_connection', grant_status: 'consent_needed' },
      'consent_needed',
    ],
  ])('with %s (%j) is %s', (_, rows, state) => {
    expect(grantOf(environmentOf({ ...connected, ...rows }), now).state).toBe(state);
  });

  test('is never_connected in an environment without rows', () => {
    expect(grantOf(environmentOf({}), now)).toEqual({
      state: 'never_connected',
      generation: 0,
      hasAccessToken: false,
      hasRefreshToken: false,
      share: shareOf(''),
      accessTokenExpiresAt: null,
      refreshTokenExpiresAt: null,
      refreshStartedAt: null,
      refreshStartedOn: null,
      handedOverAt: null,
      knownDead: false,
      rotates: true,
    });
  });

  test.each([
    ['7', 7],
    [' 7 ', 7],
    ['', 0],
    ['-1', 0],
    ['1.5', 0],
    ['seven', 0],
    ['9999999999999999', 0],
  ])('counts generation "%s" as %d', (generation, count) => {
    expect(grantOf(environmentOf({ ...connected, generation }), now).generation).toBe(count);
  });

  test('dates a mark that is no date at the beginning of time', () => {
    const grant = grantOf(environmentOf({ ...connected, refresh_started_at: 'x' }), now);
    expect(grant.refreshStartedAt).toEqual(new Date(0));
  });

  test('is read from any rows without a throw', () => {
    const keys = fc.constantFrom(...Object.keys(contractKeys));
    fc.assert(
      fc.property(fc.dictionary(keys, fc.string()), (rows) => {
        const { state } = grantOf(environmentOf(rows), now);
        expect(['connected', 'interrupted', 'consent_needed', 'never_connected']).toContain(state);
      }),
    );
  });
});

describe('the rotation of a refresh token', () => {
  test('was 60 days before its end', () => {
    expect(rotatedAt(grantOf(environmentOf(connected), now))).toEqual(new Date(now.getTime() - day));
  });

  test('is unknown without its end', () => {
    expect(rotatedAt(grantOf(environmentOf({}), now))).toBeNull();
  });
});

describe('a token set', () => {
  test('changes every row of a grant', () => {
    const changes = changesForTokens({ accessToken: 'a2', refreshToken: 'r2', expiresInSeconds: 1800 }, 7, now);
    expect(changes).toEqual({
      access_token: 'a2',
      refresh_token: 'r2',
      access_token_expires_at: '2026-11-22T10:30:00.000Z',
      refresh_token_expires_at: '2027-01-21T10:00:00.000Z',
      generation: '8',
      refresh_started_at: '',
      grant_status: 'connected',
    });
    expect(Object.keys(changes).sort()).toEqual([...tokenKeys].sort());
  });

  test('without refresh token leaves the old one and its end', () => {
    expect(changesForTokens({ accessToken: 'a2', expiresInSeconds: 60 }, 0, now)).toEqual({
      access_token: 'a2',
      access_token_expires_at: '2026-11-22T10:01:00.000Z',
      generation: '1',
      refresh_started_at: '',
      grant_status: 'connected',
    });
  });
});
