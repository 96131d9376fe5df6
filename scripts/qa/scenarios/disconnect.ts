import { accessEnded, connection, organisationClosed, refreshed, tokenRefused } from './outcomes';
import type { Scenario, Step } from './scenario';
import { freshSandbox, consented, event, send, tokenIs } from './steps';

const deletion = 'https://developer.xero.com/documentation/guides/oauth2/managing-connections';
const bothOrganisations = { organisations: ['Demo Company (Global)', 'Harbour Lane Bakery'] };

/** Whoever sends the request has written down which organisation it disconnects. */
const confirmed = { disconnect_confirm: '{{tenant_name}}' };

const revoked: readonly (Step | readonly Step[])[] = [
  consented(),
  send(
    'Revoke consent',
    {
      status: 200,
      environment: {
        access_token: '',
        refresh_token: '',
        access_token_expires_at: '',
        refresh_token_expires_at: '',
        refresh_started_at: '',
        grant_status: 'consent_needed',
        disconnect_confirm: '',
      },
    },
    { set: { old_access: '{{access_token}}', old_refresh: '{{refresh_token}}', ...confirmed } },
  ),
  tokenIs('dead', '{{old_refresh}}', 'The refresh token has ended'),
  send('Refresh tokens', { heldBack: 'refresh_token is empty in the environment' }),
  send('Check access', accessEnded, {
    as: 'Check access with the old token',
    set: { access_token: '{{old_access}}' },
  }),
];

/** How a connection ends, at Xero or from here. */
export const disconnectScenarios: readonly Scenario[] = [
  {
    id: 'QA-370',
    title: 'A user who disconnects the app at Xero ends everything',
    given: 'a connection',
    when: 'the user disconnects the app in Xero, under Connected apps',
    then: 'both tokens are refused, the scripts say what to do, and the environment stays as it is',
    source: 'https://developer.xero.com/faq/oauth2; RFC 6749 §5.2 (invalid_grant)',
    steps: [
      freshSandbox('web'),
      consented(),
      event('The user disconnects the app', { event: 'revoke' }),
      send('Check access', accessEnded),
      send('List connections', accessEnded),
      send('Refresh tokens', tokenRefused),
    ],
  },
  {
    id: 'QA-380',
    title: 'Revoke consent ends everything and empties the environment',
    given: 'a connection of a web app',
    when: 'its consent is revoked',
    then: 'both tokens end at Xero, and their rows are empty',
    source: 'RFC 7009 §2; https://developer.xero.com/documentation/guides/oauth2/auth-flow (revoking tokens)',
    steps: [freshSandbox('web'), ...revoked],
  },
  {
    id: 'QA-385',
    title: 'Revoking an unknown token is no error, and ends nothing else',
    given: 'a connection, and an environment with another refresh token',
    when: 'the consent is revoked with that other token',
    then: 'Xero answers 200, the rows are empty, and the connection lives',
    source: 'RFC 7009 §2.2',
    steps: [
      freshSandbox('web'),
      consented(),
      send(
        'Revoke consent',
        { status: 200, environment: { refresh_token: '', access_token: '', grant_status: 'consent_needed' } },
        { set: { good_token: '{{refresh_token}}', refresh_token: 'no-token-of-anyone', ...confirmed } },
      ),
      tokenIs('live', '{{good_token}}', 'The real refresh token is good'),
      send('Refresh tokens', refreshed, { set: { refresh_token: '{{good_token}}' } }),
    ],
  },
  {
    id: 'QA-390',
    title: 'A disconnected organisation is closed, and the others stay open',
    given: 'a consent for two organisations',
    when: 'one of them is disconnected in Xero',
    then: 'the API answers 403 for that one and the refresh works; the other is taken only where none is held',
    source: 'https://developer.xero.com/documentation/guides/oauth2/troubleshooting (403 Forbidden)',
    steps: [
      freshSandbox('web'),
      consented(bothOrganisations),
      event('The organisation is disconnected', { event: 'disconnect_organisation', tenantId: '{{tenant_id}}' }),
      send('Check access', organisationClosed),
      send('Refresh tokens', refreshed),
      send(
        'List connections',
        {
          status: 200,
          body: { length: 2 },
          refusal: 'is not connected any more',
          kept: [...connection, 'tenant_name'],
        },
        { as: 'List connections, which moves nothing' },
      ),
      send(
        'List connections',
        { status: 200, changed: ['tenant_id', 'tenant_name'], body: { length: 2 } },
        { as: 'List connections where none is held', set: { tenant_id: '', tenant_name: '' } },
      ),
      send('Check access', { status: 200 }, { as: 'Check access to the other organisation' }),
    ],
  },
  {
    id: 'QA-393',
    title: 'A list of connections moves no environment to another organisation',
    given: 'a connection, of a user who has connected another organisation before',
    when: 'the organisation is disconnected in Xero and the connections are listed',
    then: 'the script names what is there, and the environment holds what it held',
    source: 'Xero-OpenAPI xero-identity.yaml, GET /Connections: it lists all that a user ever connected',
    steps: [
      freshSandbox('web'),
      consented({ organisations: ['Demo Company (Global)'] }),
      event('The organisation is disconnected', { event: 'disconnect_organisation', tenantId: '{{tenant_id}}' }),
      send('List connections', {
        status: 200,
        body: { length: 1 },
        refusal: 'Demo Company (Global) is not connected any more, Xero lists Old Harbour Trading',
        kept: [...connection, 'tenant_name', 'authorised_user_id'],
      }),
    ],
  },
  {
    id: 'QA-395',
    title: 'Revoke consent works for an app without a secret',
    given: 'a connection of a mobile or desktop app',
    when: 'its consent is revoked',
    then: 'both tokens end at Xero, and their rows are empty',
    source: 'RFC 7009 §2.1; https://developer.xero.com/documentation/guides/oauth2/pkce-flow',
    steps: [freshSandbox('pkce'), ...revoked],
  },
  {
    id: 'QA-400',
    title: 'Remove connection ends one organisation, and says when it was gone already',
    given: 'a connection',
    when: 'it is removed, and removed again',
    then: 'Xero answers 204 and then 404, the organisation is forgotten, and the tokens stay',
    source: `${deletion}; RFC 9110 §15.3.5`,
    steps: [
      freshSandbox('web'),
      consented({ organisations: ['Demo Company (Global)'] }),
      send('List connections', { status: 200, body: { length: 2 }, keep: { our_connection: '1.id' } }),
      send(
        'Remove connection',
        {
          status: 204,
          environment: { tenant_id: '', tenant_name: '' },
          kept: ['access_token', 'refresh_token', 'grant_status'],
        },
        { set: { our_tenant: '{{tenant_id}}', ...confirmed } },
      ),
      send('Check access', organisationClosed, { set: { tenant_id: '{{our_tenant}}' } }),
      send(
        'Remove connection',
        { heldBack: 'it was removed already', kept: connection },
        { as: 'Remove it by its tenant' },
      ),
      send(
        'Remove connection',
        { status: 404, kept: connection },
        {
          as: 'Remove it by its connection',
          set: { connection_id: '{{our_connection}}', disconnect_confirm: '{{our_connection}}' },
        },
      ),
      send(
        'List connections',
        { status: 200, body: { length: 1 }, refusal: 'is not connected any more', kept: connection },
        { as: 'List the connection that is left' },
      ),
    ],
  },
  {
    id: 'QA-402',
    title: 'Nothing is disconnected before somebody has written down what',
    given: 'a connection',
    when: 'Remove connection and Revoke consent are sent as they are, and with another name',
    then: 'nothing is sent, and everything lives on',
    source: "this collection's own: a run of all its requests must not end a connection",
    steps: [
      freshSandbox('web'),
      consented(),
      ...(['Remove connection', 'Revoke consent'] as const).flatMap((request) => [
        send(request, { heldBack: 'Demo Company (Global) at Xero: if you mean that', kept: connection }),
        send(
          request,
          { heldBack: 'into disconnect_confirm', kept: connection },
          { as: `${request} with another name`, set: { disconnect_confirm: 'Harbour Lane Bakery' } },
        ),
      ]),
      tokenIs('live', '{{refresh_token}}', 'The refresh token lives'),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-405',
    title: 'The refresh token may live or end with the last connection',
    given: 'a connection that is the only one of its user',
    when: 'it is removed',
    then: 'Xero answers 204, and the refresh token lives on or has ended',
    source: `${deletion}, which leaves it open`,
    rows: [
      { kills_refresh: 'no', refresh_is: 'live' },
      { kills_refresh: 'yes', refresh_is: 'dead' },
    ],
    steps: [
      freshSandbox('pkce', { deleteLastConnectionKillsRefresh: '{{kills_refresh}}' }),
      consented(),
      send('List connections', { status: 200, body: { length: 1 } }),
      send('Remove connection', { status: 204, kept: ['access_token', 'refresh_token'] }, { set: confirmed }),
      tokenIs('{{refresh_is}}', '{{refresh_token}}', 'The refresh token lives, or has ended'),
    ],
  },
];
