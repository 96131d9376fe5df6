import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkState } from '../../scripts/consent/callback';
import { Failure } from '../../scripts/errors';
import { settingsFor, webApp, type Rows } from '../support/environments';
import { forgedLinks, forgedStates, signedState, stateOf } from '../support/states';

const now = new Date('2026-11-22T10:00:00.000Z');
const nowSeconds = now.getTime() / 1000;
const app = {
  secret: webApp['client_secret'] ?? '',
  clientId: webApp['client_id'] ?? '',
  redirectUri: webApp['redirect_uri'] ?? '',
};

function refusalOf(state: string, rows: Rows = webApp): string {
  try {
    checkState(state, settingsFor(rows), now);
    return 'honoured';
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

test.each([
  ['in the form of earlier versions', forgedStates(app.secret, now), 4],
  ['of this form', forgedLinks(app, now), 8],
])('10,000 forged, altered, expired and swapped states %s are all refused', (_, states, kinds) => {
  const seen = new Map<string, number>();
  const check = ({ wrong, state }: { wrong: string; state: string }): void => {
    expect(refusalOf(state)).toBe(wrong === 'expired' ? 'link_expired' : 'wrong_state');
    seen.set(wrong, (seen.get(wrong) ?? 0) + 1);
  };
  fc.assert(fc.property(states as fc.Arbitrary<{ wrong: string; state: string }>, check), { numRuns: 10_000 });
  expect(seen.size).toBe(kinds);
  expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(10_000);
});

test('a good state of either form is accepted, so that the others are refused for their faults', () => {
  const good = { n: 'acme', t: nowSeconds, u: nowSeconds + 60, r: 'n' };
  expect(refusalOf(signedState(good, app))).toBe('honoured');
  expect(refusalOf(stateOf('acme', nowSeconds, 'n', app.secret))).toBe('honoured');
});

test('no link made before a success is fresh any more, and every link made after it is', () => {
  const seconds = fc.integer({ min: nowSeconds - 13 * 86_400, max: nowSeconds });
  const link = fc.record({ n: fc.constant('acme'), t: seconds, u: fc.constant(nowSeconds), r: fc.constant('n') });
  const replacing = fc.record({ isOld: fc.boolean(), mayReplace: fc.boolean() });
  fc.assert(
    fc.property(link, replacing, seconds, (payload, { isOld, mayReplace }, connectedSeconds) => {
      const connected_at = new Date(connectedSeconds * 1000).toISOString();
      const state = isOld
        ? stateOf(payload.n, payload.t, payload.r, app.secret)
        : signedState({ ...payload, ...(mayReplace ? { x: 1 } : {}) }, app);
      fc.pre(payload.t !== connectedSeconds);
      expect(checkState(state, settingsFor({ ...webApp, connected_at, consent_state: state }), now)).toMatchObject({
        isUsedUp: payload.t < connectedSeconds,
        mayReplace: !isOld && mayReplace,
        isOldForm: isOld,
      });
    }),
    { numRuns: 1000 },
  );
});
