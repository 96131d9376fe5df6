import type { Scenario } from './scenario';
import { consented, customer, event, freshSandbox, later, linkAccepted, linkRefused, send, setUp } from './steps';

const refusedScope = linkRefused('scopes holds one that this app may not have');

const pastedScopes = {
  scopes: 'openid profile\r\n  offline_access\n\taccounting.settings  accounting.contacts',
};

/** What an app may ask a customer for. */
export const scopeScenarios: readonly Scenario[] = [
  {
    id: 'QA-050',
    title: 'One scope that Xero does not know, or not for this app, and the link is refused',
    given: 'a good consent link, and then one scope too many',
    when: 'the next link is sent',
    then: 'the script names scopes, and the good link stays the newest',
    source: 'RFC 6749 §4.1.2.1; xero-python-oauth2-app#14: "Invalid scope for client"',
    isLive: true,
    rows: [{ scope: 'accounting.invoice' }, { scope: 'finance.statements.read' }, { scope: 'bankfeeds' }],
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', linkAccepted),
      send('Consent link', refusedScope, {
        as: 'Consent link with one scope more',
        set: { scopes: '{{scopes}} {{scope}}' },
      }),
    ],
  },
  {
    id: 'QA-070',
    title: 'No customer can consent to app.connections',
    given: 'scopes with app.connections among them',
    when: 'the link is sent',
    then: 'Xero sends everybody back at once, and the script names scopes',
    source: 'Xero answers with access_denied, "Requested wrong apps scopes"; RFC 6749 §4.1.2.1',
    isLive: true,
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', refusedScope, { set: { scopes: '{{scopes}} app.connections' } }),
    ],
  },
  {
    id: 'QA-072',
    title: 'A customer who opens a link with app.connections all the same connects nothing',
    given: 'a link with app.connections, which Xero refuses',
    when: 'the customer opens it, and the address they end at is pasted',
    then: 'the script names scopes, and not the customer',
    source: 'Xero answers with access_denied, "Requested wrong apps scopes"; RFC 6749 §4.1.2.1',
    steps: [
      freshSandbox('web'),
      send('Consent link', { ...refusedScope, keepLink: true }, { set: { scopes: '{{scopes}} app.connections' } }),
      customer({}, 'The customer opens the link all the same'),
      send('Exchange code', {
        heldBack: 'Xero refuses one of the scopes to this app',
        kept: ['callback_url', 'access_token', 'refresh_token'],
        environment: { grant_status: 'never_connected' },
      }),
    ],
  },
  {
    id: 'QA-075',
    title: 'Without offline_access no refresh token comes',
    given: 'scopes without offline_access',
    when: 'the customer consents and the code is exchanged',
    then: 'the access token works, and the script says that the connection ends in 30 minutes',
    source: 'https://developer.xero.com/documentation/guides/oauth2/scopes; nango#802',
    steps: [
      freshSandbox('web'),
      send('Consent link', linkAccepted, { set: { scopes: 'openid accounting.settings' } }),
      customer(),
      send('Exchange code', {
        status: 200,
        refusal: 'add offline_access to scopes',
        changed: ['access_token', 'tenant_id'],
        environment: { refresh_token: '', refresh_token_expires_at: '', callback_url: '' },
      }),
      send('Check access', { status: 200 }),
      send('Refresh tokens', { heldBack: 'refresh_token is empty', kept: ['access_token', 'generation'] }),
    ],
  },
  {
    id: 'QA-078',
    title: 'offline_access alone is no consent',
    given: 'a good consent link, and then scopes that are offline_access alone',
    when: 'the next link is sent',
    then: 'Xero refuses it, the script names scopes, and the good link stays the newest',
    source: 'RFC 6749 §3.3; Xero refuses a link that asks for no resource',
    isLive: true,
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', linkAccepted),
      send('Consent link', refusedScope, {
        as: 'Consent link with offline_access alone',
        set: { scopes: 'offline_access' },
      }),
    ],
  },
  {
    id: 'QA-080',
    title: 'Scopes travel with %20 between them, however they were pasted',
    given: 'a Xero that takes no + for a blank, and scopes pasted over several lines',
    when: 'the link is sent',
    then: 'Xero understands every scope',
    source: 'RFC 6749 §3.3; sources about + differ: some apps get invalid_scope for it',
    isLive: true,
    steps: [
      setUp(freshSandbox('web', { scopePlus: 'refuse' })),
      send('Consent link', linkAccepted, { set: pastedScopes }),
    ],
  },
  {
    id: 'QA-082',
    title: 'Scopes that were pasted over several lines connect',
    given: 'a Xero that takes no + for a blank, and scopes pasted over several lines',
    when: 'the customer consents and the code is exchanged',
    then: 'the tokens have every scope',
    source: 'RFC 6749 §3.3; sources about + differ: some apps get invalid_scope for it',
    steps: [
      freshSandbox('web', { scopePlus: 'refuse' }),
      consented({}, pastedScopes),
      send('Check access', { status: 200 }),
    ],
  },
  {
    id: 'QA-084',
    title: 'A later consent adds scopes, and takes none away',
    given: 'a connection with two scopes',
    when: 'the same user consents to one of them and a third',
    then: 'the new tokens have all three, more than the link asked for',
    source: 'https://developer.xero.com/documentation/guides/oauth2/scopes; xero-python#73',
    steps: [
      freshSandbox('web'),
      consented({}, { scopes: 'offline_access accounting.settings accounting.contacts' }),
      send('Consent link', linkAccepted, {
        as: 'Consent link with another scope',
        set: { scopes: 'offline_access accounting.invoices' },
      }),
      customer(),
      {
        ...send('Exchange code', {
          status: 200,
          body: { scope: 'offline_access accounting.invoices accounting.settings accounting.contacts' },
          changed: ['access_token', 'refresh_token'],
        }),
        set: later,
      },
      send('Check access', { status: 200 }, { as: 'Check access, which needs a scope of the first consent' }),
    ],
  },
  {
    id: 'QA-086',
    title: 'Only revoking takes scopes away',
    given: 'a connection with more scopes than are wanted',
    when: 'the consent is revoked, and the user consents to fewer',
    then: 'the new tokens have these alone',
    source: 'https://developer.xero.com/documentation/guides/oauth2/scopes',
    steps: [
      freshSandbox('web'),
      consented({}, { scopes: 'offline_access accounting.settings accounting.contacts' }),
      event('The user disconnects the app', { event: 'revoke', clientId: '{{client_id}}' }),
      send('Consent link', linkAccepted, {
        as: 'Consent link with fewer scopes',
        set: { scopes: 'offline_access accounting.contacts' },
      }),
      customer(),
      {
        ...send('Exchange code', { status: 200, body: { scope: 'offline_access accounting.contacts' } }),
        set: later,
      },
      send('Check access', {
        status: 401,
        body: { Detail: 'AuthorizationUnsuccessful' },
        refusal: 'the access token lacks a scope',
      }),
    ],
  },
  {
    id: 'QA-088',
    title: 'A scope beside its .read twin may be fine, or wrong for the app',
    given: 'scopes with accounting.contacts and accounting.contacts.read',
    when: 'the link is sent',
    then: 'Xero accepts it, or sends everybody back at once, and then the script names scopes',
    source: 'sources differ: "Requested wrong apps scopes" for both together, or no refusal at all',
    rows: [
      { read_twin: 'accept', twin_advice: '' },
      { read_twin: 'refuse', twin_advice: 'scopes holds one that this app may not have' },
    ],
    steps: [
      freshSandbox('web', { readTwin: '{{read_twin}}' }),
      send(
        'Consent link',
        { status: 302, refusal: '{{twin_advice}}' },
        { set: { scopes: '{{scopes}} accounting.contacts accounting.contacts.read' } },
      ),
    ],
  },
];
