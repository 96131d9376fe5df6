import { connection, refreshed, tokenRefused } from './outcomes';
import type { Scenario } from './scenario';
import { freshSandbox, consented, send, setUp } from './steps';

const connected = setUp(freshSandbox('web'), consented());
const given = 'an environment that is connected to an organisation';

/** What can be asked of Xero itself: it spends nothing but, at the end, a refresh token of its own. */
export const liveScenarios: readonly Scenario[] = [
  {
    id: 'QA-910',
    title: 'The access token reaches the organisation',
    given,
    when: 'the API is asked for its organisation',
    then: 'it answers with that one',
    source: 'https://developer.xero.com/documentation/api/accounting/organisation',
    isLive: true,
    steps: [
      connected,
      send('Check access', {
        status: 200,
        body: { 'Organisations.length': 1, 'Organisations.0.Name': '{{tenant_name}}' },
      }),
    ],
  },
  {
    id: 'QA-920',
    title: 'Among all connections of the user, that of the environment is found',
    given,
    when: 'tenant_id is emptied and the connections are listed',
    then: 'the same organisation is chosen again',
    source: 'https://developer.xero.com/documentation/guides/oauth2/auth-flow (check the tenants)',
    isLive: true,
    steps: [
      connected,
      send(
        'List connections',
        { status: 200, environment: { tenant_id: '{{our_tenant}}' }, changed: ['tenant_id'], kept: ['access_token'] },
        { set: { our_tenant: '{{tenant_id}}', tenant_id: '' } },
      ),
    ],
  },
  {
    id: 'QA-930',
    title: 'Xero accepts the consent link',
    given,
    when: 'a consent link is made and asked for',
    then: 'it leads to the login page, and the link is remembered',
    source: 'https://developer.xero.com/documentation/guides/oauth2/auth-flow; RFC 6749 §4.1.1',
    isLive: true,
    steps: [
      connected,
      send('Consent link', { changed: ['consent_state'], kept: connection }, { as: 'Another consent link' }),
    ],
  },
  {
    id: 'QA-940',
    title: 'A made-up refresh token is refused',
    given,
    when: 'a refresh is tried with a token that was never given',
    then: 'Xero answers invalid_grant',
    source: 'RFC 6749 §5.2 (invalid_grant); https://developer.xero.com/documentation/guides/oauth2/troubleshooting',
    isLive: true,
    steps: [
      connected,
      send('Refresh tokens', tokenRefused, {
        as: 'Refresh tokens with a made-up one',
        set: { refresh_token: 'no-token-of-anyone' },
      }),
    ],
  },
  {
    id: 'QA-950',
    title: 'A made-up code is refused',
    given,
    when: 'a code that was never given comes back with a good state, and is exchanged',
    then: 'Xero answers invalid_grant, and the connection stays as it is',
    source: 'RFC 6749 §5.2 (invalid_grant); https://developer.xero.com/documentation/guides/oauth2/troubleshooting',
    isLive: true,
    steps: [
      connected,
      send('Consent link', { changed: ['consent_state'] }, { as: 'Another consent link' }),
      send(
        'Exchange code',
        {
          status: 400,
          body: { error: 'invalid_grant' },
          refusal: 'the code was used already, is older than 5 minutes, or redirect_uri has changed',
          kept: connection,
        },
        {
          as: 'Exchange a made-up code',
          set: { callback_url: '{{redirect_uri}}?code=no-code-of-anyone&state={{consent_state}}' },
        },
      ),
    ],
  },
  {
    id: 'QA-960',
    title: 'The tokens are refreshed, and the new one works',
    given,
    when: 'the tokens are refreshed',
    then: 'new ones are kept, and the API answers to them',
    source: 'RFC 6749 §6; https://developer.xero.com/documentation/guides/oauth2/auth-flow (refreshing tokens)',
    isLive: true,
    steps: [connected, send('Refresh tokens', refreshed), send('Check access', { status: 200 })],
  },
];
