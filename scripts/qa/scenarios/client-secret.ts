import { refreshed } from './outcomes';
import type { Expectation, Scenario } from './scenario';
import { consented, freshSandbox, customer, event, exchanged, linkAccepted, send, tokenIs } from './steps';

/** Xero does not know whoever asks. */
const unknownClient = {
  body: { error: 'invalid_client' },
  refusal: 'Xero does not know this client_id and client_secret',
  kept: ['callback_url', 'access_token', 'refresh_token', 'tenant_id', 'grant_status', 'generation'],
} satisfies Expectation;

/** Client secrets that are not, or no longer, those of the app. */
export const clientSecretScenarios: readonly Scenario[] = [
  {
    id: 'QA-230',
    title: 'A wrong client secret is noticed at the exchange, whichever status Xero gives it',
    given: 'an environment with a client secret that is not that of the app',
    when: 'the customer consents and the code is exchanged',
    then: 'Xero answers invalid_client, and the script names client_id and client_secret',
    source: 'RFC 6749 §5.2 (400, or 401 for Basic)',
    rows: [{ refusal_status: '400' }, { refusal_status: '401' }],
    steps: [
      freshSandbox('web', { invalidClientStatus: '{{refusal_status}}' }),
      send('Consent link', linkAccepted, { set: { client_secret: 'not-the-secret-of-this-app' } }),
      customer(),
      send('Exchange code', { status: '{{refusal_status}}', ...unknownClient }),
    ],
  },
  {
    id: 'QA-235',
    title: 'A client secret regenerated at developer.xero.com is mended by pasting the new one',
    given: 'a link that a customer has opened',
    when: 'the secret is regenerated before the exchange, and then pasted into the environment',
    then: 'the old secret is refused; with the new one the same code connects, because its link is the one held',
    source: 'RFC 6749 §2.3.1 and §5.2; xero-ruby-oauth2-app#3',
    steps: [
      freshSandbox('web'),
      send('Consent link', linkAccepted),
      customer(),
      event(
        'The secret is regenerated',
        { clientId: '{{client_id}}', event: 'regenerate_secret' },
        { keep: { regenerated: 'clientSecret' } },
      ),
      send('Exchange code', { status: 400, ...unknownClient }, { as: 'Exchange code with the old secret' }),
      { ...exchanged, name: 'Exchange code with the new secret', set: { client_secret: '{{regenerated}}' } },
    ],
  },
  {
    id: 'QA-238',
    title: 'While an app has two client secrets, both are good',
    given: 'a connection, and a second secret that is made at developer.xero.com',
    when: 'it is refreshed with either, and once more with each after the older one was deleted',
    then: 'both work until the older one is deleted, which is then refused and spends nothing',
    source: 'RFC 6749 §2.3.1; sources differ whether Xero lets two secrets overlap',
    steps: [
      freshSandbox('web'),
      consented(),
      event(
        'A second secret is made',
        { clientId: '{{client_id}}', event: 'add_secret' },
        { keep: { second_secret: 'clientSecret' } },
      ),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens with the older secret' }),
      send('Refresh tokens', refreshed, {
        as: 'Refresh tokens with the newer secret',
        set: { older_secret: '{{client_secret}}', client_secret: '{{second_secret}}' },
      }),
      event('The older one is deleted', { clientId: '{{client_id}}', event: 'delete_older_secret' }),
      send(
        'Refresh tokens',
        { status: 400, ...unknownClient },
        { as: 'Refresh tokens with the deleted secret', set: { client_secret: '{{older_secret}}' } },
      ),
      tokenIs('live', '{{refresh_token}}', 'The refresh token is still unused'),
      send('Refresh tokens', refreshed, {
        as: 'Refresh tokens with the one that is left',
        set: { client_secret: '{{second_secret}}' },
      }),
    ],
  },
];
