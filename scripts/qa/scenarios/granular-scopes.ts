import type { Scenario, Step } from './scenario';
import { consented, control, customer, environmentOf, freshSandbox, linkAccepted, linkRefused, send } from './steps';

const granularPage = 'https://developer.xero.com/faq/granular-scopes';
const refusedScope = linkRefused('scopes holds one that this app may not have');

/** A web app that was made at that moment, and its environment. */
function appOf(createdAt: string, name: string): Step[] {
  const kept = { keep: { client_id: 'clientId' } };
  return [control(name, 'POST', 'apps', { appType: 'web', createdAt }, kept), environmentOf('web', '{{client_id}}')];
}

/** Broad scopes and the granular ones in their place, by the day on which an app was made. */
export const granularScopeScenarios: readonly Scenario[] = [
  {
    id: 'QA-060',
    title: 'An app made on 2 March 2026 or later gets no broad scope',
    given: 'a web app made on that day',
    when: 'a link asks for accounting.transactions',
    then: 'Xero refuses it, the script names scopes, and the granular ones are fine',
    source: granularPage,
    steps: [
      freshSandbox('web'),
      appOf('2026-03-02T00:00:00Z', 'A web app is made on 2 March 2026'),
      send('Consent link', linkAccepted, { as: 'Consent link with granular scopes' }),
      send('Consent link', refusedScope, {
        as: 'Consent link with a broad scope',
        set: { scopes: '{{scopes}} accounting.transactions' },
      }),
    ],
  },
  {
    id: 'QA-065',
    title: 'An app made before 2 March 2026 keeps its broad scopes',
    given: 'a web app made the day before',
    when: 'a customer consents to accounting.transactions beside granular scopes',
    then: 'the tokens have both',
    source: granularPage,
    steps: [
      freshSandbox('web'),
      appOf('2026-03-01T00:00:00.000Z', 'A web app is made on 1 March 2026'),
      send('Consent link', linkAccepted, {
        as: 'Consent link with a broad scope',
        set: { scopes: 'offline_access accounting.settings accounting.transactions' },
      }),
      customer(),
      send('Exchange code', {
        status: 200,
        body: { scope: 'offline_access accounting.settings accounting.transactions' },
        changed: ['access_token', 'refresh_token', 'tenant_id'],
        environment: { grant_status: 'connected' },
      }),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-066',
    title: 'One day no app gets a broad scope any more',
    given: 'a web app made before 2 March 2026, and a Xero that has ended the broad scopes',
    when: 'a link asks for accounting.transactions, and then for the granular scopes in its place',
    then: 'the script names scopes, and the granular ones connect',
    source: `${granularPage} (the end is announced for September 2027)`,
    steps: [
      freshSandbox('web', { broadScopes: 'ended' }),
      appOf('2026-03-01T00:00:00.000Z', 'A web app is made on 1 March 2026'),
      send('Consent link', refusedScope, {
        as: 'Consent link with a broad scope',
        set: { granular_scopes: '{{scopes}}', scopes: 'offline_access accounting.transactions' },
      }),
      consented({}, { scopes: '{{granular_scopes}}' }),
      send('Check access', { status: 200 }),
    ],
  },
];
