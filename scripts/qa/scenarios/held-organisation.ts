import type { Scenario } from './scenario';
import {
  consented,
  control,
  customer,
  exchanged,
  fault,
  freshSandbox,
  later,
  linkAccepted,
  putAside,
  replacing,
  send,
} from './steps';

const [bakery, demo] = ['Harbour Lane Bakery', 'Demo Company (Global)'];
const listed = 'Xero-OpenAPI xero-identity.yaml, GET /Connections';

/** Whether the tokens of a consent become the environment’s, where an organisation is held, expected or not known yet. */
export const heldOrganisationScenarios: readonly Scenario[] = [
  {
    id: 'QA-260',
    title: 'Another organisation than the one held takes its place where its link says so, and is not mixed with it',
    given: 'an environment that holds one organisation, and a link that may replace it',
    when: 'a consent for another organisation is exchanged there',
    then: 'the environment holds the other one alone, through refreshes and lists; at Xero both stay connected',
    source: listed,
    steps: [
      freshSandbox('web'),
      consented({ organisations: [bakery] }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
      send('Consent link', linkAccepted, { as: 'A link that may replace it' }),
      customer({ organisations: [demo] }),
      { ...exchanged, ...replacing },
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
    id: 'QA-262',
    title: 'Another organisation than the one held is refused while its consent lives',
    given: 'an environment that holds one organisation',
    when: 'a consent for another organisation is exchanged there',
    then: 'the connection stays as it is and works, and the new tokens are put aside',
    source: listed,
    steps: [
      freshSandbox('web'),
      consented({ organisations: [bakery] }),
      send('Consent link', linkAccepted, { as: 'Another link' }),
      customer({ organisations: [demo] }, 'The customer chooses another organisation'),
      send('Exchange code', putAside(`the customer chose ${demo}, and this environment holds ${bakery}`), {
        as: 'Exchange code of the other organisation',
        set: later,
      }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
      send('Refresh tokens', { status: 200, changed: ['access_token', 'refresh_token'], kept: ['tenant_id'] }),
      send('List connections', { status: 200, kept: ['tenant_id', 'tenant_name', 'access_token'] }),
    ],
  },
  {
    id: 'QA-263',
    title: 'A consent must bring the organisation that is expected',
    given: 'an environment whose expected_tenant is one organisation',
    when: 'the customer chooses another, and then that one',
    then: 'the first is refused and connects nothing, the second is connected',
    source: listed,
    steps: [
      freshSandbox('web'),
      control('The organisations at Xero', 'GET', 'organisations', undefined, {
        body: { '1.name': bakery },
        keep: { expected_tenant: '1.tenantId' },
      }),
      send('Consent link', linkAccepted),
      customer({ organisations: [demo] }, 'The customer chooses another'),
      send('Exchange code', putAside(`the customer chose ${demo}, and expected_tenant asks for another organisation`), {
        as: 'Exchange code of another',
      }),
      send('Consent link', linkAccepted, { as: 'Another link' }),
      customer({ organisations: [bakery] }, 'The customer chooses the one expected'),
      send('Exchange code', {
        status: 200,
        changed: ['access_token', 'refresh_token'],
        environment: { tenant_id: '{{expected_tenant}}', tenant_name: bakery, pending_refresh_token: '' },
      }),
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
      freshSandbox('web'),
      consented({ user: 'dana@example.com', organisations: [bakery] }),
      send('Consent link', linkAccepted, {
        as: 'A link for another user',
        set: { first_tenant_id: '{{tenant_id}}' },
      }),
      customer({ user: 'sam@example.com', organisations: [demo] }, 'Another user presses Allow access'),
      send(
        'Exchange code',
        {
          status: 200,
          changed: ['access_token', 'refresh_token', 'tenant_id', 'authorised_user_id'],
          environment: { tenant_name: demo },
        },
        replacing,
      ),
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
      freshSandbox('web'),
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
  {
    id: 'QA-269',
    title: 'Where an organisation is held, new tokens wait until theirs is known',
    given: 'a connection, and a list of connections that does not answer',
    when: 'the customer consents once more, and the list is asked for again',
    then: 'the connection stays as it is, until List connections finds the same organisation and takes the new tokens',
    source: listed,
    steps: [
      freshSandbox('web'),
      consented({ organisations: [bakery] }),
      send('Consent link', linkAccepted, { as: 'Another link' }),
      customer({ organisations: [bakery] }, 'The customer consents once more'),
      fault('The list of connections is down', { fault: 'status', status: 503, on: 'connections' }),
      send('Exchange code', putAside('Xero did not say which organisation was chosen: send List connections'), {
        as: 'Exchange code, and nobody knows what for',
        set: later,
      }),
      send(
        'List connections',
        {
          status: 200,
          changed: ['access_token', 'refresh_token', 'connected_at'],
          kept: ['tenant_id', 'tenant_name'],
          environment: { pending_access_token: '', pending_refresh_token: '', generation: '2' },
        },
        { as: 'List connections, which asks again' },
      ),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': bakery } }),
    ],
  },
];
