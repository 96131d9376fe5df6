import { connection, refreshed, tokenRefused } from './outcomes';
import type { Scenario, Step } from './scenario';
import { freshSandbox, consented, event, fault, advanceClock, send, tokenIs } from './steps';

const faq = 'https://developer.xero.com/faq/oauth2';

const rotated: readonly (Step | readonly Step[])[] = [
  consented(),
  send('Refresh tokens', refreshed, { set: { old_token: '{{refresh_token}}' } }),
  tokenIs('grace', '{{old_token}}', 'The old refresh token is used up'),
  tokenIs('live', '{{refresh_token}}', 'The new refresh token is good'),
  send('Refresh tokens', { ...refreshed, environment: { generation: '3' } }, { as: 'Refresh tokens with the new one' }),
];

/** How refresh tokens live, are rotated and end. */
export const refreshScenarios: readonly Scenario[] = [
  {
    id: 'QA-310',
    title: 'Each refresh replaces the refresh token',
    given: 'a connection of a web app',
    when: 'it is refreshed twice',
    then: 'each time another refresh token comes, and the one before is used up',
    source: `RFC 6749 §6; ${faq}`,
    steps: [freshSandbox('web'), ...rotated],
  },
  {
    id: 'QA-315',
    title: 'An app without a secret refreshes by its client id',
    given: 'a connection of a mobile or desktop app',
    when: 'it is refreshed twice',
    then: 'each time another refresh token comes, and the one before is used up',
    source: 'RFC 6749 §6; https://developer.xero.com/documentation/guides/oauth2/pkce-flow',
    steps: [freshSandbox('pkce'), ...rotated],
  },
  {
    id: 'QA-317',
    title: 'What a server has sealed is not sent',
    given: 'a connection whose refresh token a server has sealed at rest',
    when: 'it is refreshed here',
    then: 'nothing is sent, the script says whom to ask, and the environment stays as it is',
    source: 'environments/sealing.md',
    steps: [
      freshSandbox('web'),
      consented(),
      send(
        'Refresh tokens',
        { heldBack: 'a server keeps this connection, and has sealed it: ask its owner', kept: connection },
        { set: { old_token: '{{refresh_token}}', refresh_token: 'evergrant:1:00c0ffee:0123456789ab.c2VhbGVk' } },
      ),
      tokenIs('live', '{{old_token}}', 'The refresh token is still unused'),
    ],
  },
  {
    id: 'QA-360',
    title: 'A connection that rests for 59 days lives, and each refresh gives it 60 more',
    given: 'a connection',
    when: 'it is refreshed after 59 days, and after another 59',
    then: 'both work',
    source: `${faq} (60 days)`,
    steps: [
      freshSandbox('web'),
      consented(),
      advanceClock('59d', '59 days pass'),
      send('Refresh tokens', refreshed),
      advanceClock('59d', 'Another 59 days pass'),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens once more' }),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-365',
    title: 'A connection that rests for 61 days is over',
    given: 'a connection',
    when: 'it is refreshed after 61 days',
    then: 'Xero answers invalid_grant, the script says what to do, and the environment stays as it is',
    source: `${faq} (60 days); RFC 6749 §5.2`,
    steps: [
      freshSandbox('web'),
      consented(),
      advanceClock('61d', '61 days pass'),
      send('Refresh tokens', tokenRefused),
      tokenIs('dead', '{{refresh_token}}', 'The refresh token is dead'),
    ],
  },
  {
    id: 'QA-367',
    title: 'A refusal with a description is the same refusal',
    given: 'a connection, and a Xero that explains itself',
    when: 'a refresh is answered with invalid_grant and an error_description',
    then: 'the script says what to do, shows nothing of the description, and the environment stays as it is',
    source: 'RFC 6749 §5.2 (error_description is optional); usually Xero sends none',
    steps: [
      freshSandbox('web'),
      consented(),
      fault('The next refusal is explained', {
        fault: 'status',
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
        on: 'token',
      }),
      send('Refresh tokens', {
        ...tokenRefused,
        body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      }),
    ],
  },
  {
    id: 'QA-375',
    title: 'A client secret that was made anew ends no connection',
    given: 'a connection',
    when: 'the secret is made anew in the developer portal, and a refresh is tried with the old one and the new one',
    then: 'the old one is refused, and with the new one the same refresh token works',
    source: 'RFC 6749 §5.2 (invalid_client)',
    steps: [
      freshSandbox('web'),
      consented(),
      event('The secret is made anew', { event: 'regenerate_secret' }, { keep: { regenerated: 'clientSecret' } }),
      send('Refresh tokens', {
        status: 400,
        body: { error: 'invalid_client' },
        refusal: 'Xero does not know this client_id and client_secret',
        kept: connection,
      }),
      send('Refresh tokens', refreshed, {
        as: 'Refresh tokens with the new secret',
        set: { client_secret: '{{regenerated}}' },
      }),
    ],
  },
  {
    id: 'QA-490',
    title: 'A wrong client secret spends nothing',
    given: 'a connection',
    when: 'a refresh is tried with a wrong secret',
    then: 'Xero answers invalid_client with status 400 or 401, and the refresh token was never used',
    source: 'RFC 6749 §5.2 (invalid_client; 400, or 401 after an Authorization header)',
    rows: [{ refused_with: '400' }, { refused_with: '401' }],
    steps: [
      freshSandbox('web', { invalidClientStatus: '{{refused_with}}' }),
      consented(),
      send(
        'Refresh tokens',
        {
          status: '{{refused_with}}',
          body: { error: 'invalid_client' },
          refusal: 'Xero does not know this client_id and client_secret: copy both from the app once more',
          kept: connection,
        },
        { set: { right_secret: '{{client_secret}}', client_secret: 'a-wrong-secret' } },
      ),
      tokenIs('live', '{{refresh_token}}', 'The refresh token is still unused'),
      send('Refresh tokens', refreshed, {
        as: 'Refresh tokens with the right secret',
        set: { client_secret: '{{right_secret}}' },
      }),
    ],
  },
  {
    id: 'QA-495',
    title: 'A wrong token_url is named, and spends nothing',
    given: 'a connection',
    when: 'a refresh is sent to an address of Xero that is no token endpoint',
    then: 'the script names token_url, nothing has changed, and with the right one the same token works',
    source: 'RFC 9110 §15.5.5; https://login.xero.com has the authorize endpoint alone',
    steps: [
      freshSandbox('web'),
      consented(),
      send(
        'Refresh tokens',
        { status: 404, refusal: 'token_url leads to no token endpoint', kept: connection },
        { set: { right_url: '{{token_url}}', token_url: '{{sandbox_url}}/identity/connect/token' } },
      ),
      tokenIs('live', '{{refresh_token}}', 'The refresh token is still unused'),
      send('Refresh tokens', refreshed, {
        as: 'Refresh tokens at the right address',
        set: { token_url: '{{right_url}}' },
      }),
    ],
  },
];
