import type { Expectation, Scenario } from './scenario';
import { freshSandbox, control, environmentOf, event, send } from './steps';

const faq = 'https://developer.xero.com/faq/custom-integration';
const shutOut: Expectation = { status: 403, refusal: 'tenant_id is not connected', kept: ['access_token'] };

/** Custom connections: one organisation, no customer, no refresh token. */
export const customConnectionScenarios: readonly Scenario[] = [
  {
    id: 'QA-270',
    title: 'A custom connection reaches nothing until it is authorised',
    given: 'a custom connection whose owner has not yet followed the e-mail',
    when: 'it gets a token and calls the API, before and after',
    then: 'the first token names no organisation and the API is shut; the next one names it and works',
    source: faq,
    steps: [
      freshSandbox('custom_connection'),
      event('It is not authorised yet', { event: 'custom_connection_authorised', authorised: false }),
      send('Get access token', { status: 200, changed: ['access_token'], environment: { tenant_id: '' } }),
      send('Check access', shutOut),
      event('Its owner authorises it', { event: 'custom_connection_authorised', authorised: true }),
      send(
        'Get access token',
        { status: 200, changed: ['access_token', 'tenant_id'] },
        { as: 'Get access token, authorised' },
      ),
      send('Check access', { status: 200 }, { as: 'Check access, authorised' }),
    ],
  },
  {
    id: 'QA-275',
    title: 'A custom connection whose scopes change must be authorised again',
    given: 'a custom connection that works',
    when: 'its scopes are changed at developer.xero.com, and it is authorised again',
    then: 'the API is shut in between, to the old token and to new ones; nothing in the environment is lost',
    source: faq,
    steps: [
      freshSandbox('custom_connection'),
      control(
        'A custom connection',
        'POST',
        'apps',
        { appType: 'custom_connection', tenantId: 'Harbour Lane Bakery' },
        { keep: { client_id: 'clientId' } },
      ),
      environmentOf('custom_connection', '{{client_id}}'),
      send('Get access token', { status: 200, changed: ['access_token', 'tenant_id'] }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': 'Harbour Lane Bakery' } }),
      event('Its scopes are changed', {
        event: 'scopes_changed',
        clientId: '{{client_id}}',
        scopes: ['accounting.settings', 'accounting.contacts', 'accounting.payments'],
      }),
      send('Check access', shutOut, { as: 'Check access with the old token' }),
      send(
        'Get access token',
        { status: 200, changed: ['access_token'], kept: ['tenant_id'] },
        { as: 'Get access token meanwhile' },
      ),
      send('Check access', shutOut, { as: 'Check access meanwhile' }),
      event('It is authorised again', {
        event: 'custom_connection_authorised',
        authorised: true,
        clientId: '{{client_id}}',
      }),
      send(
        'Get access token',
        { status: 200, changed: ['access_token'], kept: ['tenant_id'], environment: { generation: '3' } },
        { as: 'Get access token, authorised again' },
      ),
      send('Check access', { status: 200 }, { as: 'Check access, authorised again' }),
    ],
  },
  {
    id: 'QA-280',
    title: 'A custom connection that asks for a scope it does not have gets nothing',
    given: 'a custom connection that works, and then a scope that is not on it beside one that is',
    when: 'it asks for a token',
    then: 'Xero refuses all, the script says to leave scopes empty, and the token at hand stays',
    source: 'RFC 6749 §5.2; xero-mcp-server#209: "Client credentials scope validation failed"',
    steps: [
      freshSandbox('custom_connection'),
      send('Get access token', { status: 200, changed: ['access_token', 'tenant_id'] }),
      send(
        'Get access token',
        {
          status: 400,
          body: { error: 'invalid_scope', error_description: 'Client credentials scope validation failed' },
          refusal: 'for a custom connection leave scopes empty',
          kept: ['access_token', 'access_token_expires_at', 'tenant_id', 'generation', 'grant_status'],
        },
        { as: 'Get access token with a scope too many', set: { scopes: 'accounting.settings payroll.employees' } },
      ),
      send(
        'Get access token',
        { status: 200, changed: ['access_token'], body: { scope: 'accounting.settings' } },
        { as: 'Get access token with a scope of its own', set: { scopes: ' accounting.settings\n' } },
      ),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-285',
    title: 'A custom connection does not need the list of connections',
    given: 'a Xero that refuses the list to custom connections',
    when: 'a token is got, the list is asked for and the API is called',
    then: 'the organisation comes with the token; the refused list changes nothing',
    source: 'sources differ: xero-mcp-server takes the list, others get "Xero-Tenant-Id header must be supplied"',
    steps: [
      freshSandbox('custom_connection', { customConnectionsList: 'error400' }),
      send('Get access token', { status: 200, changed: ['access_token', 'tenant_id'] }),
      send('List connections', {
        status: 400,
        refusal: 'Xero refuses this call with status 400',
        kept: ['access_token', 'tenant_id', 'tenant_name', 'grant_status'],
      }),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-290',
    title: 'Where a custom connection may list its connections, it finds its organisation there',
    given: 'a Xero that gives the list to custom connections',
    when: 'the list is asked for',
    then: 'it holds the one organisation, with its name',
    source: 'xero-mcp-server: custom connections take the first of GET /connections',
    steps: [
      freshSandbox('custom_connection'),
      send('Get access token', { status: 200, changed: ['access_token', 'tenant_id'] }),
      send('List connections', {
        status: 200,
        body: { length: 1, '0.tenantName': 'Demo Company (Global)' },
        kept: ['tenant_id', 'access_token'],
        environment: { tenant_name: 'Demo Company (Global)' },
      }),
    ],
  },
  {
    id: 'QA-295',
    title: 'An app that is no custom connection gets no token in its own name',
    given: 'a web app, in an environment that takes it for a custom connection',
    when: 'a token is asked for in its own name',
    then: 'Xero answers unauthorized_client, or invalid_scope as some have seen, and nothing is kept',
    source: 'RFC 6749 §5.2 (unauthorized_client); sources about Xero differ',
    rows: [
      { wrong_grant: 'unauthorized_client', grant_advice: 'compare app_type with what the app is' },
      { wrong_grant: 'invalid_scope', grant_advice: 'Xero refuses one of the scopes' },
    ],
    steps: [
      freshSandbox('web', { wrongGrant: '{{wrong_grant}}' }),
      send(
        'Get access token',
        {
          status: 400,
          body: { error: '{{wrong_grant}}' },
          refusal: '{{grant_advice}}',
          kept: ['access_token', 'tenant_id', 'grant_status', 'generation'],
        },
        { set: { app_type: 'custom_connection' } },
      ),
    ],
  },
];
