import { connection, refreshed, tokenRefused } from './outcomes';
import type { Scenario } from './scenario';
import { freshSandbox, consented, fault, advanceClock, send, tokenIs } from './steps';

const faq = 'https://developer.xero.com/faq/oauth2 (30 minutes of grace)';
const silent = 'https://developer.xero.com/faq/oauth2, which leaves it open';
const withUsed = { as: 'Refresh tokens, with the used token', set: { refresh_token: '{{used_token}}' } };

/** A used refresh token, within its 30 minutes of grace and after them. */
export const graceScenarios: readonly Scenario[] = [
  {
    id: 'QA-320',
    title: 'A used refresh token works again within 30 minutes',
    given: 'a connection whose answer to a refresh was lost',
    when: 'the same refresh token is sent again 29 minutes later',
    then: 'Xero answers with tokens, new ones or the same again',
    source: faq,
    rows: [{ grace_answer: 'new' }, { grace_answer: 'same' }],
    steps: [
      freshSandbox('web', { graceAnswer: '{{grace_answer}}' }),
      consented(),
      fault('The next answer will be lost', { fault: 'lost_after', on: 'token' }),
      send('Refresh tokens', { isUnanswered: true, refusal: 'Xero is not answering', kept: connection }),
      advanceClock('29m', '29 minutes pass'),
      send(
        'Refresh tokens',
        { status: 200, changed: ['access_token', 'refresh_token'], environment: { generation: '2' } },
        { as: 'Refresh tokens, with the same token' },
      ),
      tokenIs('live', '{{refresh_token}}', 'The new refresh token is good'),
    ],
  },
  {
    id: 'QA-325',
    title: 'A retry may bring the same tokens again',
    given: 'a Xero that answers a retry with the tokens of the first time',
    when: 'a used refresh token is sent again at once, and again after 10 minutes',
    then: 'the same two tokens come each time, and the access token has the less time left',
    source: silent,
    steps: [
      freshSandbox('web', { graceAnswer: 'same' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { used_token: '{{refresh_token}}' } }),
      send(
        'Refresh tokens',
        { status: 200, environment: { refresh_token: '{{first_refresh}}', access_token: '{{first_access}}' } },
        {
          ...withUsed,
          set: { first_refresh: '{{refresh_token}}', first_access: '{{access_token}}', ...withUsed.set },
        },
      ),
      advanceClock('10m', '10 minutes pass'),
      send(
        'Refresh tokens',
        {
          status: 200,
          environment: { refresh_token: '{{first_refresh}}', access_token: '{{first_access}}' },
          ahead: { access_token_expires_at: 1200 },
        },
        { ...withUsed, as: 'Refresh tokens, with the used token once more' },
      ),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-330',
    title: 'The grace may last 30 minutes even when the new token is in use',
    given: 'a Xero whose grace ends by the clock alone',
    when: 'the new refresh token is used, and then the used one once more',
    then: 'both bring tokens',
    source: faq,
    steps: [
      freshSandbox('web', { graceEndsOn: 'time' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { used_token: '{{refresh_token}}' } }),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens, with the new token' }),
      tokenIs('grace', '{{used_token}}', 'The used token is still good for a retry'),
      send('Refresh tokens', refreshed, withUsed),
    ],
  },
  {
    id: 'QA-335',
    title: 'The grace may end when the new token is used',
    given: 'a Xero that takes the use of the new token for proof that it arrived',
    when: 'the new refresh token is used, and then the used one once more',
    then: 'the used one is refused, and the newest is none the worse',
    source: silent,
    steps: [
      freshSandbox('web', { graceEndsOn: 'successor_use' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { used_token: '{{refresh_token}}' } }),
      tokenIs('grace', '{{used_token}}', 'The used token is good for a retry'),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens, with the new token' }),
      send('Refresh tokens', tokenRefused, {
        ...withUsed,
        set: { newest_token: '{{refresh_token}}', ...withUsed.set },
      }),
      tokenIs('live', '{{newest_token}}', 'The newest refresh token is good'),
    ],
  },
  {
    id: 'QA-340',
    title: 'A used refresh token is refused after 30 minutes',
    given: 'a connection that was refreshed, of which an old copy is left',
    when: 'the used refresh token is sent again 31 minutes later',
    then: 'Xero answers invalid_grant, the environment stays, and the newest token lives on or ends with its family',
    source: 'https://community.xero.com/developer/discussion/127920775; RFC 9700 §4.14.2',
    rows: [
      { after_reuse: 'refuse', newest_is: 'live' },
      { after_reuse: 'kill_family', newest_is: 'dead' },
    ],
    steps: [
      freshSandbox('web', { reuseAfterGrace: '{{after_reuse}}' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { used_token: '{{refresh_token}}' } }),
      advanceClock('31m', '31 minutes pass'),
      tokenIs('live', '{{refresh_token}}', 'The newest refresh token is good'),
      send('Refresh tokens', tokenRefused, {
        ...withUsed,
        set: { newest_token: '{{refresh_token}}', ...withUsed.set },
      }),
      tokenIs('{{newest_is}}', '{{newest_token}}', 'The newest refresh token lives, or has ended'),
    ],
  },
  {
    id: 'QA-350',
    title: 'Two refreshes with one token make two chains, or the second ends the first',
    given: 'two programs that hold a copy of one connection',
    when: 'both refresh within 30 minutes',
    then: 'both get tokens; those of the second live, and those of the first may',
    source: silent,
    rows: [
      { two_chains: 'both_live', first_is: 'live' },
      { two_chains: 'newest_only', first_is: 'dead' },
    ],
    steps: [
      freshSandbox('web', { twoChains: '{{two_chains}}' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { used_token: '{{refresh_token}}' } }),
      send('Refresh tokens', refreshed, {
        ...withUsed,
        set: { first_token: '{{refresh_token}}', ...withUsed.set },
      }),
      tokenIs('live', '{{refresh_token}}', 'The refresh token of the second chain is good'),
      tokenIs('{{first_is}}', '{{first_token}}', 'The refresh token of the first chain lives, or has ended'),
    ],
  },
];
