import type { Scenario } from '../../../scripts/collection/qa/scenario';
import {
  afresh,
  consented,
  control,
  customer,
  exchanged,
  fault,
  linkAccepted,
  pass,
  send,
} from '../../../scripts/collection/qa/steps';

const [bakery, demo, older] = ['Harbour Lane Bakery', 'Demo Company (Global)', 'Old Harbour Trading'];
const listed = 'Xero-OpenAPI xero-identity.yaml, GET /Connections';

/** Which organisation a consent is for, among all that a user ever connected to the app. */
export const organisationScenarios: readonly Scenario[] = [
  {
    id: 'QA-250',
    title: 'A second consent of the same user adds an organisation',
    given: 'a connected organisation',
    when: 'the same user consents again, for another organisation',
    then: 'the new tokens reach both; the earlier refresh token lives on or ends as Xero chooses',
    source: `${listed}; sources about the earlier token differ`,
    rows: [
      { second_consent: 'keeps', first_token: 'live' },
      { second_consent: 'supersedes', first_token: 'dead' },
    ],
    steps: [
      afresh('web', { secondConsent: '{{second_consent}}' }),
      consented({ organisations: [bakery] }),
      send('List connections', {
        status: 200,
        body: { length: 2, '1.tenantName': bakery },
        environment: { tenant_name: bakery },
      }),
      send('Consent link', linkAccepted, {
        as: 'A second consent link',
        set: { first_refresh_token: '{{refresh_token}}', first_tenant_id: '{{tenant_id}}' },
      }),
      customer({ organisations: [demo] }),
      exchanged,
      control(
        'Whether the earlier refresh token lives on',
        'POST',
        'inspect',
        { refreshToken: '{{first_refresh_token}}' },
        { body: { state: '{{first_token}}' } },
      ),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': demo } }),
      send(
        'Check access',
        { status: 200, body: { 'Organisations.0.Name': bakery } },
        { as: 'Check access to the first organisation', set: { tenant_id: '{{first_tenant_id}}' } },
      ),
      send('Refresh tokens', { status: 200, changed: ['access_token', 'refresh_token'] }),
    ],
  },
  {
    id: 'QA-255',
    title: 'Of several connections that of this consent is chosen, neither the first nor the newest',
    given: 'an older connection, and two links opened for two organisations',
    when: 'the code of the earlier consent is exchanged, and the connections are listed',
    then: 'its organisation is kept both times',
    source: `${listed}: authEventId is the access token's authentication_event_id`,
    steps: [
      afresh('web'),
      send('Consent link', linkAccepted),
      customer({ organisations: [bakery] }, 'The customer connects the first organisation'),
      send('Consent link', linkAccepted, { as: 'Another link', set: { first_callback: '{{callback_url}}' } }),
      pass('1m', 'A minute passes'),
      customer({ organisations: [demo] }, 'The customer connects the second organisation'),
      send(
        'Exchange code',
        { status: 200, changed: ['access_token', 'tenant_id'], environment: { tenant_name: bakery } },
        { as: 'Exchange code of the first consent', set: { callback_url: '{{first_callback}}' } },
      ),
      send(
        'List connections',
        {
          status: 200,
          body: { length: 3, '0.tenantName': older, '1.tenantName': bakery, '2.tenantName': demo },
          changed: ['tenant_id', 'authorised_user_id'],
          environment: { tenant_name: bakery },
        },
        { set: { tenant_id: '', tenant_name: '', authorised_user_id: '' } },
      ),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
    ],
  },
  {
    id: 'QA-260',
    title: 'Another organisation than the one held takes its place, and is not mixed with it',
    given: 'an environment that holds one organisation',
    when: 'a consent for another organisation is exchanged there',
    then: 'the environment holds the other one alone, through refreshes and lists; at Xero both stay connected',
    source: listed,
    steps: [
      afresh('web'),
      consented({ organisations: [bakery] }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
      consented({ organisations: [demo] }),
      send(
        'Refresh tokens',
        { status: 200, kept: ['tenant_id', 'tenant_name'], environment: { tenant_name: demo, generation: '3' } },
        { as: 'Refresh tokens of the other organisation' },
      ),
      send('List connections', {
        status: 200,
        body: { length: 3, '1.tenantName': bakery, '2.tenantName': demo },
        kept: ['tenant_id', 'tenant_name'],
      }),
      send(
        'Check access',
        { status: 200, body: { 'Organisations.0.Name': demo } },
        { as: 'Check access to the other organisation' },
      ),
    ],
  },
  {
    id: 'QA-265',
    title: 'What two users connected is kept apart',
    given: 'an organisation that one user connected',
    when: 'another user connects another one to the same app',
    then: "the second user's tokens list and reach nothing of the first user's",
    source: listed,
    steps: [
      afresh('web'),
      consented({ user: 'dana@example.com', organisations: [bakery] }),
      send('Consent link', linkAccepted, {
        as: 'A link for another user',
        set: { first_tenant_id: '{{tenant_id}}' },
      }),
      customer({ user: 'sam@example.com', organisations: [demo] }, 'Another user presses Allow access'),
      send('Exchange code', {
        status: 200,
        changed: ['access_token', 'refresh_token', 'tenant_id', 'authorised_user_id'],
        environment: { tenant_name: demo },
      }),
      send('List connections', { status: 200, body: { length: 1, '0.tenantName': demo }, kept: ['tenant_id'] }),
      send(
        'Check access',
        { status: 403, refusal: 'tenant_id is not connected', kept: ['access_token', 'refresh_token'] },
        { as: "Check access to the first user's organisation", set: { tenant_id: '{{first_tenant_id}}' } },
      ),
    ],
  },
  {
    id: 'QA-268',
    title: 'Tokens are kept even when their organisation cannot be looked up',
    given: 'a list of connections that does not answer',
    when: 'the code is exchanged',
    then: 'the tokens are kept without complaint, and List connections finds the organisation later',
    source: listed,
    steps: [
      afresh('web'),
      send('Consent link', linkAccepted),
      customer(),
      fault('The list of connections is down', { fault: 'status', status: 503, on: 'connections' }),
      send('Exchange code', {
        status: 200,
        changed: ['access_token', 'refresh_token'],
        environment: { tenant_id: '', callback_url: '', grant_status: 'connected' },
      }),
      send('List connections', {
        status: 200,
        changed: ['tenant_id', 'authorised_user_id'],
        environment: { tenant_name: demo },
      }),
    ],
  },
];
