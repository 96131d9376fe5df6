import type { Scenario } from './scenario';
import { freshSandbox, consented, advanceClock, send, tokenIs } from './steps';

/** From the link to the tokens, as it should be. */
export const connectScenarios: readonly Scenario[] = [
  {
    id: 'QA-010',
    title: 'A web app is connected, refreshed and reaches its organisation',
    given: 'a web app with a client secret',
    when: 'the customer consents, the code is exchanged and the tokens are refreshed',
    then: 'every token set is kept, and the API answers to it',
    source: 'RFC 6749 §4.1 and §6; https://developer.xero.com/documentation/guides/oauth2/auth-flow',
    steps: [
      freshSandbox('web'),
      consented(),
      send('Check access', { status: 200, body: { 'Organisations.length': 1 } }),
      send('Refresh tokens', {
        status: 200,
        changed: ['access_token', 'refresh_token'],
        environment: { generation: '2', grant_status: 'connected' },
      }),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
    ],
  },
  {
    id: 'QA-020',
    title: 'A mobile or desktop app is connected and refreshed without a secret',
    given: 'an app without a client secret',
    when: 'the customer opens a link with a PKCE challenge, the code is exchanged and the tokens are refreshed',
    then: 'the verifier stands in for the secret and is dropped once used; every token set is kept',
    source: 'RFC 7636 §4; https://developer.xero.com/documentation/guides/oauth2/pkce-flow',
    steps: [
      freshSandbox('pkce'),
      consented(),
      send('Check access', { status: 200, environment: { code_verifier: '', client_secret: '' } }),
      send('Refresh tokens', {
        status: 200,
        changed: ['access_token', 'refresh_token'],
        environment: { generation: '2', grant_status: 'connected' },
      }),
      tokenIs('live', '{{refresh_token}}', 'The new refresh token is good'),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
    ],
  },
  {
    id: 'QA-030',
    title: 'A custom connection gets its token without a customer, and the next one in the same way',
    given: 'a custom connection that its organisation has authorised',
    when: 'it asks for a token in its own name, and again when that has ended',
    then: 'the token names the organisation; no refresh token comes, and none is needed',
    source: 'RFC 6749 §4.4; https://developer.xero.com/faq/custom-integration',
    steps: [
      freshSandbox('custom_connection'),
      send('Get access token', {
        status: 200,
        changed: ['access_token', 'tenant_id'],
        environment: { refresh_token: '', generation: '1', grant_status: 'connected' },
      }),
      send('Check access', { status: 200, body: { 'Organisations.length': 1 } }),
      advanceClock('31m', 'The access token ends'),
      send('Check access', { status: 401, refusal: 'Get access token for a custom connection' }, { as: 'Too late' }),
      send(
        'Get access token',
        { status: 200, changed: ['access_token'], kept: ['tenant_id'], environment: { generation: '2' } },
        { as: 'Get the next access token' },
      ),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
    ],
  },
];
