import { connection, refreshed } from './outcomes';
import type { Scenario } from './scenario';
import { freshSandbox, consented, fault, advanceClock, send } from './steps';

/** Answers to a refresh that are good, though not as usual. */
export const answerScenarios: readonly Scenario[] = [
  {
    id: 'QA-305',
    title: 'An id_token that comes along does no harm',
    given: 'a Xero that sends an id_token with each refresh',
    when: 'the tokens are refreshed',
    then: 'they are kept, and the id_token is not',
    source: 'OpenID Connect Core §12.2',
    steps: [
      freshSandbox('web', { refreshIdToken: 'yes' }),
      consented(),
      send('Refresh tokens', {
        ...refreshed,
        keep: { seen_id_token: 'id_token' },
        changed: ['access_token', 'refresh_token', 'seen_id_token'],
        environment: { id_token: '' },
        kept: ['tenant_id', 'tenant_name', 'authorised_user_id'],
      }),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-415',
    title: 'A wrong clock at Xero does no harm',
    given: 'a Xero whose Date header is ten years ahead, and then ten behind',
    when: 'the tokens are refreshed',
    then: 'they end 30 minutes and 60 days from now, by the clock of this computer',
    source: 'RFC 6749 §5.1 (expires_in counts from the answer); RFC 9110 §6.6.1',
    steps: [
      freshSandbox('web'),
      consented(),
      fault('The next answer has a wrong date', { fault: 'wrong_date', skewSeconds: 315_360_000, on: 'token' }),
      send('Refresh tokens', refreshed),
      fault('The one after it, too', { fault: 'wrong_date', skewSeconds: -315_360_000, on: 'token' }),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens once more' }),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-460',
    title: 'An answer without a refresh token leaves the old one',
    given: 'a connection',
    when: 'the answer to a refresh has an access token only',
    then: 'that is kept, the refresh token stays, and it still works',
    source: 'RFC 6749 §6 (a new refresh token is optional)',
    steps: [
      freshSandbox('web'),
      consented(),
      fault('The next answer has no refresh token', { fault: 'no_refresh_token', on: 'token' }),
      send('Refresh tokens', {
        status: 200,
        changed: ['access_token'],
        kept: ['refresh_token', 'refresh_token_expires_at'],
        environment: { generation: '2' },
      }),
      send('Check access', { status: 200 }),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens once more' }),
    ],
  },
  {
    id: 'QA-465',
    title: 'expires_in may be text, and is believed',
    given: 'a Xero that writes numbers as text, and brings the same tokens again to a retry',
    when: 'a lost refresh is tried again after 10 minutes',
    then: 'the access token has 20 minutes left',
    source: 'RFC 6749 §5.1 (expires_in)',
    steps: [
      freshSandbox('web', { expiresInType: 'string', graceAnswer: 'same' }),
      consented(),
      fault('The next answer will be lost', { fault: 'lost_after', on: 'token' }),
      send('Refresh tokens', { isUnanswered: true, refusal: 'Xero is not answering', kept: connection }),
      advanceClock('10m', '10 minutes pass'),
      send(
        'Refresh tokens',
        { ...refreshed, ahead: { access_token_expires_at: 1200 }, body: { 'expires_in.length': 4 } },
        { as: 'Refresh tokens, with the same token' },
      ),
    ],
  },
];
