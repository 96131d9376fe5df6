import type { Scenario } from './scenario';
import {
  consented,
  control,
  customer,
  environmentOf,
  event,
  freshSandbox,
  linkAccepted,
  linkRefused,
  send,
} from './steps';

const tiers = 'https://developer.xero.com/faq/pricing-and-policy-updates (connections by tier)';
const appLimit = 'Xero connects no further organisation to this app';

/** A web app that may connect so many organisations, and its environment. */
function appWithLimit(connectionLimit: number) {
  const kept = { keep: { client_id: 'clientId' } };
  const made = control('A web app with a limit', 'POST', 'apps', { appType: 'web', connectionLimit }, kept);
  return [made, environmentOf('web', '{{client_id}}')];
}

/** An app has as many connections as its tier allows, an organisation as many uncertified apps as Xero allows. */
export const limitScenarios: readonly Scenario[] = [
  {
    id: 'QA-090',
    title: 'An app that has all its connections gets no further one',
    given: 'an app that may connect one organisation, and has',
    when: 'the customer opens a link for another, and Xero sends them back with an error',
    then: 'the script names the limit, not the customer, and the connection stays',
    source: `${tiers}; community.xero.com/developer/discussion/124574507 ("needs to complete certification")`,
    steps: [
      freshSandbox('web', { limitShown: 'callback' }),
      appWithLimit(1),
      consented({ organisations: ['Harbour Lane Bakery'] }),
      send('Consent link', linkAccepted, { as: 'A link for another organisation' }),
      customer({ organisations: ['Demo Company (Global)'] }, 'The customer chooses another organisation'),
      send('Exchange code', {
        heldBack: appLimit,
        kept: ['callback_url', 'access_token', 'refresh_token', 'tenant_id', 'grant_status'],
      }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': 'Harbour Lane Bakery' } }),
    ],
  },
  {
    id: 'QA-092',
    title: 'A link of an app that has all its connections may be refused before anybody opens it',
    given: 'an app that may connect one organisation, and has',
    when: 'the next link is sent',
    then: 'the script names the limit, and the good link stays the newest',
    source: `${tiers}; where Xero shows it is not documented`,
    steps: [
      freshSandbox('web', { limitShown: 'link' }),
      appWithLimit(1),
      consented({ organisations: ['Harbour Lane Bakery'] }),
      send('Consent link', linkRefused('the app may connect no further organisation'), {
        as: 'Consent link for another organisation',
      }),
    ],
  },
  {
    id: 'QA-094',
    title: 'The customer may see the limit on a page of Xero’s, and come back never',
    given: 'an app that may connect one organisation, and has',
    when: 'the customer opens a link for another organisation, and then for the same one',
    then: 'Xero shows a page that says so, and the same one is connected again',
    source: 'community.xero.com/developer/discussion/124574507 ("needs to complete certification")',
    steps: [
      freshSandbox('web', { limitShown: 'page' }),
      appWithLimit(1),
      consented({ organisations: ['Harbour Lane Bakery'] }),
      send('Consent link', linkAccepted, { as: 'Another link' }),
      control(
        'The customer chooses another organisation',
        'POST',
        'consent',
        { link: '{{consent_link}}', organisations: ['Demo Company (Global)'] },
        {
          status: 400,
          body: {
            error:
              'the consent link is refused: access_denied : Evergrant sandbox app needs to complete certification before they can connect to more Xero organisations',
          },
        },
      ),
      customer({ organisations: ['Harbour Lane Bakery'] }, 'The customer chooses the same organisation'),
      send('Exchange code', { status: 200, changed: ['access_token', 'refresh_token'], kept: ['tenant_id'] }),
    ],
  },
  {
    id: 'QA-096',
    title: 'An organisation may have as many uncertified apps as it can',
    given: 'an organisation with two apps that are not certified',
    when: 'the customer chooses it for a third',
    then: 'the script names the limit, and nothing is connected',
    source: 'https://developer.xero.com/documentation/guides/oauth2/limits (an organisation: two uncertified apps)',
    steps: [
      freshSandbox('web', { limitShown: 'callback' }),
      event('The organisation has two such apps', { event: 'app_limit_reached', tenantId: 'Harbour Lane Bakery' }),
      send('Consent link', linkAccepted),
      customer({ organisations: ['Harbour Lane Bakery'] }),
      send('Exchange code', {
        heldBack: 'or no further app to this organisation',
        kept: ['callback_url', 'access_token', 'refresh_token'],
        environment: { grant_status: 'never_connected' },
      }),
    ],
  },
];
