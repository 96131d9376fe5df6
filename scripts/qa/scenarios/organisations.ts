import { organisationClosed } from './outcomes';
import type { Scenario } from './scenario';
import {
  advanceClock,
  consented,
  control,
  customer,
  exchanged,
  freshSandbox,
  linkAccepted,
  replacing,
  send,
} from './steps';

const [bakery, demo, older] = ['Harbour Lane Bakery', 'Demo Company (Global)', 'Old Harbour Trading'];
const practice = 'Ledger & Sons';
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
      freshSandbox('web', { secondConsent: '{{second_consent}}' }),
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
      { ...exchanged, ...replacing },
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
      freshSandbox('web'),
      send('Consent link', linkAccepted),
      customer({ organisations: [bakery] }, 'The customer connects the first organisation'),
      send('Consent link', linkAccepted, { as: 'Another link', set: { first_callback: '{{callback_url}}' } }),
      advanceClock('1m', 'A minute passes'),
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
    id: 'QA-259',
    title: 'A customer may choose several organisations at once',
    given: 'a consent link',
    when: 'the customer ticks two organisations and presses Allow access',
    then: 'one of them becomes the environment’s, and the tokens reach both',
    source: `${listed}: both have the authEventId of the consent`,
    steps: [
      freshSandbox('web'),
      consented({ organisations: [bakery, demo] }),
      send('List connections', {
        status: 200,
        body: { length: 3, '0.tenantName': older, '1.tenantName': bakery, '2.tenantName': demo },
        kept: ['tenant_id', 'tenant_name'],
        keep: { one_id: '1.tenantId', other_id: '2.tenantId' },
      }),
      send(
        'Check access',
        { status: 200, body: { 'Organisations.0.Name': bakery } },
        { as: 'Check access to the one', set: { tenant_id: '{{one_id}}' } },
      ),
      send(
        'Check access',
        { status: 200, body: { 'Organisations.0.Name': demo } },
        { as: 'Check access to the other', set: { tenant_id: '{{other_id}}' } },
      ),
    ],
  },
  {
    id: 'QA-256',
    title: 'A token that names no consent belongs to the newest connection',
    given: 'a Xero whose access tokens name no authentication event, and an older connection',
    when: 'a code is exchanged',
    then: 'the newest of all connections is taken',
    source: `${listed}; not every access token was seen with authentication_event_id`,
    steps: [
      freshSandbox('web', { tokenEvent: 'none' }),
      consented({ organisations: [bakery] }),
      send('List connections', {
        status: 200,
        body: { length: 2, '0.tenantName': older, '1.tenantName': bakery },
        environment: { tenant_name: bakery },
      }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
    ],
  },
  {
    id: 'QA-257',
    title: 'A token that names a consent of no connection chooses none',
    given: 'a Xero whose access tokens name an authentication event that no connection has',
    when: 'a code is exchanged, the connections are listed, and a person copies the right id',
    then: 'none is guessed, the script lists them, and with the id the connection works',
    source: `${listed}: authEventId is the access token's authentication_event_id`,
    steps: [
      freshSandbox('web', { tokenEvent: 'unknown' }),
      send('Consent link', linkAccepted),
      customer({ organisations: [bakery] }),
      send('Exchange code', {
        status: 200,
        changed: ['access_token', 'refresh_token'],
        environment: { tenant_id: '', grant_status: 'connected' },
      }),
      send('List connections', {
        status: 200,
        refusal: "none of these is known to be this environment's",
        environment: { tenant_id: '' },
        keep: { right_id: '1.tenantId' },
      }),
      send(
        'List connections',
        { status: 200, environment: { tenant_id: '{{right_id}}', tenant_name: bakery } },
        { as: 'List connections with the id', set: { tenant_id: '{{right_id}}' } },
      ),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
    ],
  },
  {
    id: 'QA-258',
    title: 'An accountant’s practice is not taken for an organisation',
    given: 'an accountant who connects a practice beside an organisation',
    when: 'the code is exchanged and the connections are listed',
    then: 'the organisation is kept, and the practice is listed as what it is',
    source: `${listed}: tenantType is ORGANISATION or PRACTICE`,
    steps: [
      freshSandbox('web'),
      control('A practice', 'POST', 'organisations', { name: practice, tenantType: 'PRACTICE' }),
      consented({ organisations: [bakery, practice] }),
      send('List connections', {
        status: 200,
        body: { length: 3, '1.tenantType': 'ORGANISATION', '2.tenantName': practice, '2.tenantType': 'PRACTICE' },
        environment: { tenant_name: bakery },
        keep: { practice_id: '2.tenantId' },
      }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
      send('Check access', organisationClosed, {
        as: 'Check access to the practice',
        set: { tenant_id: '{{practice_id}}' },
      }),
    ],
  },
];
