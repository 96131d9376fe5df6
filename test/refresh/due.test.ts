import { describe, expect, test } from 'vitest';
import { grantOf } from '../../scripts/environment/grant';
import { isDue, isPostponed, type Profile } from '../../scripts/refresh/due';
import { environmentOf, jwt, type Rows } from '../support/environments';
import { connected, hour, now, after, custom, marked, minute, day } from './support/refresh-world';
import { shareOf } from '../../scripts/text/share';

describe('whether a refresh is due', () => {
  const inMinutes = (minutes: number): Rows => ({ access_token_expires_at: after(minutes * minute) });
  const rotatedAgo = (ms: number): Rows => ({ refresh_token_expires_at: after(60 * day - ms) });
  const fresh: Rows = { ...connected, ...inMinutes(30), ...rotatedAgo(0) };
  const minValidity: Profile = { kind: 'min_validity', ms: 15 * minute };
  const keepAlive: Profile = { kind: 'keep_alive' };
  const seconds = (minutes: number): number => (now.getTime() + minutes * minute) / 1000;

  test.each<[string, Profile, Rows, boolean]>([
    ['a fresh token', minValidity, {}, false],
    ['exactly the validity wanted', minValidity, inMinutes(15), false],
    ['a millisecond less', minValidity, { access_token_expires_at: after(15 * minute - 1) }, true],
    ['an expired token', minValidity, inMinutes(-1), true],
    ['a token that ends some day', minValidity, { access_token_expires_at: '' }, true],
    ['an end that is no date', minValidity, { access_token_expires_at: 'soon' }, true],
    ['no access token', minValidity, { access_token: '' }, true],
    ['an old rotation', minValidity, rotatedAgo(50 * day), false],
    ['a mark', minValidity, marked, true],
    ['no refresh token', minValidity, { refresh_token: '' }, true],
    ['a fresh custom connection', minValidity, { ...custom, ...inMinutes(30) }, false],
    ['an expired custom connection', minValidity, custom, true],
    ['a fresh token', keepAlive, {}, false],
    ['an expired token', keepAlive, inMinutes(-1), false],
    ['no access token', keepAlive, { access_token: '' }, false],
    ['a rotation almost a day ago', keepAlive, rotatedAgo(day - 1), false],
    ['a rotation a day ago', keepAlive, rotatedAgo(day), true],
    ['a rotation a month ago', keepAlive, rotatedAgo(30 * day), true],
    ['a rotation at an unknown time', keepAlive, { refresh_token_expires_at: '' }, true],
    ['a rotation in the future', keepAlive, rotatedAgo(-hour), true],
    ['a rotation that another clock put a little ahead', keepAlive, rotatedAgo(-minute), false],
    ['an end further off than any token lives', minValidity, inMinutes(400 * 24 * 60), true],
    [
      "an end later than the token's own",
      minValidity,
      { access_token: jwt({ exp: seconds(5) }), ...inMinutes(30) },
      true,
    ],
    ['an end before its own', minValidity, { access_token: jwt({ exp: seconds(60) }), ...inMinutes(30) }, false],
    [
      'a rotation after the token was issued',
      keepAlive,
      { access_token: jwt({ iat: seconds(-2 * 24 * 60) }), ...rotatedAgo(0) },
      true,
    ],
    ['a mark', keepAlive, marked, true],
    ['an expired custom connection', keepAlive, custom, false],
  ])('with %s under %o: %o %s', (_, profile, rows, expected) => {
    const environment = environmentOf({ ...fresh, ...rows });
    expect(isDue(grantOf(environment, now), { profile, isForced: false }, now)).toBe(expected);
    expect(isDue(grantOf(environment, now), { profile, isForced: true }, now)).toBe(true);
  });
});

describe('a fleet that was refreshed in one run', () => {
  const size = 500;
  const fresh = grantOf(environmentOf({ ...connected, access_token_expires_at: after(30 * minute) }), now);

  /** How many were refreshed in each run of cron, of the last so many; each refresh brings a new token. */
  function runsOf(profile: Profile, everyMs: number, runs: number, counted: number): number[] {
    const issuedAt = Array.from({ length: size }, () => now.getTime());
    const generations = issuedAt.map(() => 0);
    const refreshed = Array.from({ length: runs }, () => 0);
    for (let run = 0; run < runs; run++) {
      const at = new Date(now.getTime() + (run + 1) * everyMs);
      for (const [index, issued] of issuedAt.entries()) {
        const grant = {
          ...fresh,
          share: shareOf(`token ${index} of generation ${generations[index]}`),
          accessTokenExpiresAt: new Date(issued + 30 * minute),
          refreshTokenExpiresAt: new Date(issued + 60 * day),
        };
        const isLate = isDue(grant, { profile, isForced: false }, at);
        if (!isDue(grant, { profile, isForced: false, isSpread: true }, at)) {
          if (isLate) throw new Error('one that must be refreshed was put off');
          continue;
        }
        issuedAt[index] = at.getTime();
        generations[index] = (generations[index] ?? 0) + 1;
        refreshed[run] = (refreshed[run] ?? 0) + 1;
      }
    }
    return refreshed.slice(-counted);
  }

  test.each<[string, Profile, number, number, number, number]>([
    ['every 10 minutes', { kind: 'min_validity', ms: 15 * minute }, 10 * minute, 24, 6, 0.75],
    ['every 5 minutes', { kind: 'min_validity', ms: 15 * minute }, 5 * minute, 24, 6, 0.75],
    ['every minute', { kind: 'min_validity', ms: 15 * minute }, minute, 120, 30, 0.2],
    ['every 10 minutes, kept alive', { kind: 'keep_alive' }, 10 * minute, 1440, 144, 0.1],
  ])('is not due in one run for ever: %s', (_, profile, everyMs, runs, counted, most) => {
    expect(Math.max(...runsOf(profile, everyMs, runs, counted)) / size).toBeLessThan(most);
  });

  test('gains nothing by it where the validity wanted is as long as a token lives', () => {
    expect(
      isDue(fresh, { profile: { kind: 'min_validity', ms: 30 * minute }, isForced: false, isSpread: true }, now),
    ).toBe(false);
  });
});

test.each<[string, number | null, number, string | null, boolean]>([
  ['nothing was asked', null, 0, null, false],
  ['the time is over', -1, 0, null, false],
  ['it is longer than patience lasts', 61, 60, null, true],
  ['patience lasts as long', 60, 60, null, false],
  ['it is longer than a day, and not believed', 86_401, 60, null, false],
  ['a token may be lost meanwhile', 61, 60, '2026-01-01T00:00:00.000Z', false],
])('a run asks nobody: %s', (_, inSeconds, patienceSeconds, startedAt, expected) => {
  const until = inSeconds === null ? null : new Date(now.getTime() + inSeconds * 1000);
  const refreshStartedAt = startedAt === null ? null : new Date(startedAt);
  expect(isPostponed(until, { refreshStartedAt }, patienceSeconds * 1000, now)).toBe(expected);
});
