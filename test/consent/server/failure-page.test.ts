import { describe, expect, test } from 'vitest';
import { failurePage, laterPage, strangersPage } from '../../../scripts/consent/server/failure-page';
import { Failure, type FailureKind } from '../../../scripts/errors';

function pageFor(kind: FailureKind, code: string): [number, string] {
  const { status, title } = failurePage(new Failure(kind, code, 'a message for us', 'npx evergrant consent acme'));
  return [status, title];
}

describe('the page for a customer with a good link', () => {
  test.each([
    ['consent_needed', 'access_denied', 200, 'Not connected'],
    ['refused', 'connection_limit', 409, 'Not connected'],
    ['consent_needed', 'invalid_grant', 410, 'This was used already'],
    ['consent_needed', 'link_used', 410, 'This link was used already'],
    ['consent_needed', 'link_expired', 410, 'This link is too old'],
    ['invalid', 'wrong_organisation', 409, 'That was another organisation'],
    ['temporary_failure', 'not_answering', 503, 'Not connected yet'],
    ['busy', 'locked', 503, 'Not connected yet'],
    ['refused', 'invalid_client', 500, 'Not connected'],
    ['not_saved', 'not_saved', 500, 'Not connected'],
    ['invalid', 'not_writable', 500, 'Not connected'],
    ['bug', 'unexpected', 500, 'Not connected'],
  ] as const)('has its status and title: %s %s', (kind, code, status, title) => {
    expect(pageFor(kind, code)).toEqual([status, title]);
  });

  test('is never the words for us', () => {
    for (const code of ['link_used', 'not_writable', 'constructor', '__proto__']) {
      const { title, text } = failurePage(new Failure('invalid', code, 'a message for us', 'npx evergrant consent'));
      expect(`${title} ${text}`).not.toMatch(/message for us|npx|undefined/);
    }
  });

  test('when to come back is said in minutes, and in seconds to programs', () => {
    expect([laterPage(20), laterPage(61)].map(({ text, retryAfterSeconds }) => [text, retryAfterSeconds])).toEqual([
      ['Please open the link again that you were sent, in a minute.', 20],
      ['Please open the link again that you were sent, in 2 minutes.', 61],
    ]);
    expect(strangersPage.status).toBe(400);
  });
});
