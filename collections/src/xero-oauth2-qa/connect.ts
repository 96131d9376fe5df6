import type { Scenario } from '../../../scripts/collection/qa/scenario';
import { afresh, consented, customer, linkAccepted, send } from '../../../scripts/collection/qa/steps';

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
      afresh('web'),
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
    id: 'QA-110',
    title: 'A customer who presses Cancel connects nothing',
    given: 'a consent link',
    when: 'the customer presses Cancel, and the address they end at is pasted',
    then: 'nothing is sent, and the script says what happened',
    source: 'RFC 6749 §4.1.2.1',
    steps: [
      afresh('web'),
      send('Consent link', linkAccepted),
      customer({ cancel: true }, 'The customer presses Cancel'),
      send('Exchange code', {
        heldBack: 'the customer pressed Cancel',
        kept: ['callback_url', 'access_token', 'refresh_token'],
        environment: { grant_status: 'never_connected' },
      }),
    ],
  },
];
