import { accessEnded, organisationClosed, refreshed } from './outcomes';
import type { Scenario } from './scenario';
import { freshSandbox, consented, control, event, fault, advanceClock, send } from './steps';

const troubleshooting = 'https://developer.xero.com/documentation/guides/oauth2/troubleshooting';

/** What Xero's API makes of an access token. */
export const accessScenarios: readonly Scenario[] = [
  {
    id: 'QA-300',
    title: 'An access token ends after 30 minutes, and a refresh brings the next',
    given: 'a connection',
    when: 'its access token is 31 minutes old, and is then refreshed',
    then: 'the API refuses the old one, the script says what to do, and the new one works',
    source: 'https://developer.xero.com/faq/oauth2 (30 minutes); RFC 6750 §3.1',
    steps: [
      freshSandbox('web'),
      consented(),
      advanceClock('29m', '29 minutes pass'),
      send('Check access', { status: 200 }, { as: 'Check access, 1 minute before the end' }),
      advanceClock('2m', '2 minutes pass'),
      send('Check access', accessEnded, { as: 'Check access, 1 minute after the end' }),
      send('Refresh tokens', refreshed),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
    ],
  },
  {
    id: 'QA-410',
    title: 'A user who is removed from the organisation is let in again once restored',
    given: 'a connection',
    when: 'the user who consented loses their role in the organisation, and gets it back',
    then: 'the API answers 403 in between, and nothing of the connection is lost',
    source: `${troubleshooting} (403 Forbidden)`,
    steps: [
      freshSandbox('web'),
      consented(),
      event('The user is removed', { event: 'user_removed', tenantId: '{{tenant_id}}' }),
      send('Check access', organisationClosed),
      send('Refresh tokens', refreshed, { as: 'Refresh tokens, which still works' }),
      event('The user is restored', { event: 'user_restored', tenantId: '{{tenant_id}}' }),
      send('Check access', { status: 200 }, { as: 'Check access once more' }),
    ],
  },
  {
    id: 'QA-420',
    title: 'Too many calls are answered with how long to wait',
    given: 'a connection that has called too often',
    when: 'the API is called once more, and again after the wait',
    then: 'the script says how many seconds to wait, and then the call works',
    source: 'https://developer.xero.com/documentation/guides/oauth2/limits; RFC 6585 §4',
    steps: [
      freshSandbox('web'),
      consented(),
      fault('The next call is one too many', {
        fault: 'status',
        status: 429,
        retryAfter: 42,
        rateLimitProblem: 'minute',
        on: 'organisation',
      }),
      send('Check access', {
        status: 429,
        headers: { 'Retry-After': '42', 'X-Rate-Limit-Problem': 'minute' },
        refusal: 'too many calls to Xero: wait 42 seconds',
      }),
      advanceClock('42s', '42 seconds pass'),
      send('Check access', { status: 200 }, { as: 'Check access after the wait' }),
    ],
  },
  {
    id: 'QA-470',
    title: 'An access token without the scope is refused, not taken for expired',
    given: 'a consent that does not include accounting.settings',
    when: 'the API is asked for the organisation',
    then: 'it answers 401 AuthorizationUnsuccessful, and the script names the scope',
    source: `${troubleshooting} (401 AuthorizationUnsuccessful); RFC 6750 §3.1`,
    steps: [
      freshSandbox('web'),
      consented({}, { scopes: 'openid profile email offline_access accounting.contacts' }),
      send('Check access', {
        status: 401,
        body: { Detail: 'AuthorizationUnsuccessful' },
        refusal: 'the access token lacks a scope: add it to scopes (Organisation needs accounting.settings)',
      }),
    ],
  },
  {
    id: 'QA-475',
    title: 'A wrong tenant id opens nothing',
    given: 'a connection to one organisation',
    when: 'the id of its connection, and then that of an organisation that is not connected, stands in tenant_id',
    then: 'the API answers 403 to both, and to the right one again with the organisation',
    source: `${troubleshooting} (403 Forbidden); https://github.com/XeroAPI/xero-node/issues/432`,
    steps: [
      freshSandbox('web'),
      consented({ organisations: ['Demo Company (Global)'] }),
      send(
        'List connections',
        { status: 200, keep: { a_connection_id: '1.id' } },
        { set: { right_id: '{{tenant_id}}' } },
      ),
      control('The organisations at Xero', 'GET', 'organisations', undefined, {
        body: { '1.name': 'Harbour Lane Bakery' },
        keep: { another_id: '1.tenantId' },
      }),
      send('Check access', organisationClosed, {
        as: 'Check access with the id of a connection',
        set: { tenant_id: '{{a_connection_id}}' },
      }),
      send('Check access', organisationClosed, {
        as: 'Check access to an organisation that is not connected',
        set: { tenant_id: '{{another_id}}' },
      }),
      send(
        'Check access',
        { status: 200 },
        { as: 'Check access to the right one', set: { tenant_id: '{{right_id}}' } },
      ),
    ],
  },
  {
    id: 'QA-480',
    title: 'The old access token may live on after a refresh',
    given: 'a Xero that lets an access token live to its end',
    when: 'the tokens are refreshed',
    then: 'the old access token and the new one both work',
    source: 'https://developer.xero.com/faq/oauth2 (30 minutes; an end at the refresh is not mentioned)',
    steps: [
      freshSandbox('web', { oldAccessTokenDiesAtRefresh: 'no' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { old_token: '{{access_token}}' } }),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
      send(
        'Check access',
        { status: 200 },
        { as: 'Check access with the old token', set: { access_token: '{{old_token}}' } },
      ),
    ],
  },
  {
    id: 'QA-485',
    title: 'The old access token may die at the refresh',
    given: 'a Xero that ends an access token when the next one is made',
    when: 'the tokens are refreshed',
    then: 'the new access token works, and the old one is refused like an expired one',
    source: 'RFC 6749 §6, which leaves it open; third parties report it of Xero',
    steps: [
      freshSandbox('web', { oldAccessTokenDiesAtRefresh: 'yes' }),
      consented(),
      send('Refresh tokens', refreshed, { set: { old_token: '{{access_token}}' } }),
      send('Check access', { status: 200 }, { as: 'Check access with the new token' }),
      send('Check access', accessEnded, {
        as: 'Check access with the old token',
        set: { access_token: '{{old_token}}' },
      }),
    ],
  },
];
