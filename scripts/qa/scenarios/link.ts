import type { Scenario } from './scenario';
import { freshSandbox, customer, exchanged, linkAccepted, linkRefused, send, setUp } from './steps';

/** What Xero makes of a consent link before anybody opens it. */
export const linkScenarios: readonly Scenario[] = [
  {
    id: 'QA-040',
    title: 'Xero knows no such client_id',
    given: 'a good consent link, and then a client_id that is none',
    when: 'the next link is sent',
    then: 'the script names client_id, and the good link stays the newest',
    source: 'Xero shows "Unknown client or client not enabled" instead of its login page: xero-postman-oauth2#9',
    isLive: true,
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', linkAccepted),
      send('Consent link', linkRefused('client_id is unknown to Xero'), {
        as: 'Consent link of an unknown app',
        set: { client_id: 'F'.repeat(32) },
      }),
    ],
  },
  {
    id: 'QA-045',
    title: 'A redirect URI must be that of the app letter by letter',
    given: 'a redirect URI that the app has registered',
    when: 'the environment holds nearly that address, or one that no app can have',
    then: 'the script names redirect_uri, and the good link stays the newest',
    source: 'RFC 9700 §4.1.3; xero-node-oauth2-app#58: "Invalid redirect_uri"',
    isLive: true,
    rows: [
      { wrong_address: '{{redirect_uri}}/' },
      { wrong_address: '{{redirect_uri}}x' },
      { wrong_address: 'http://127.0.0.1:8080/callback' },
    ],
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', linkAccepted),
      send('Consent link', linkRefused('redirect_uri is not among those of the app'), {
        as: 'Consent link with another address',
        set: { redirect_uri: '{{wrong_address}}' },
      }),
    ],
  },
  {
    id: 'QA-046',
    title: 'Scheme, port and capitals of a redirect URI count, too',
    given: 'an app that registered http://localhost:8080/callback',
    when: 'the environment holds nearly that address',
    then: 'the script names redirect_uri',
    source: 'RFC 9700 §4.1.3; xero-node-oauth2-app#58: "Invalid redirect_uri"',
    rows: [
      { wrong_address: 'http://localhost:8081/callback' },
      { wrong_address: 'https://localhost:8080/callback' },
      { wrong_address: 'http://localhost:8080/Callback' },
    ],
    steps: [
      freshSandbox('web'),
      send('Consent link', linkRefused('redirect_uri is not among those of the app'), {
        set: { redirect_uri: '{{wrong_address}}' },
      }),
    ],
  },
  {
    id: 'QA-048',
    title: 'A link is not sent to Xero where it makes no sense',
    given: 'one setting that is empty, or that of another type of app, or would carry the code unprotected',
    when: 'a consent link is asked for',
    then: 'nothing is sent, and the script says why',
    source: 'RFC 9700 §2.6; https://developer.xero.com/documentation/guides/oauth2/pkce-flow (https but for localhost)',
    isLive: true,
    rows: [
      { wrong_setting: 'app_type', value: 'custom_connection', advice: 'a custom connection needs no link' },
      {
        wrong_setting: 'redirect_uri',
        value: 'http://example.com/callback',
        advice: 'must be a URL that starts with https',
      },
      { wrong_setting: 'client_id', value: '', advice: 'client_id is empty' },
      { wrong_setting: 'scopes', value: '', advice: 'scopes is empty' },
    ],
    steps: [
      setUp(freshSandbox('web')),
      send('Consent link', linkAccepted),
      send(
        'Consent link',
        { heldBack: '{{advice}}', kept: ['consent_state', 'consent_requested_at'] },
        {
          as: 'Consent link with the wrong setting',
          set: { '{{wrong_setting}}': '{{value}}' },
        },
      ),
    ],
  },
  {
    id: 'QA-049',
    title: 'Settings pasted with blanks and line breaks around them work',
    given: 'a client_id and a client_secret copied with a triple click',
    when: 'the app is connected and refreshed',
    then: 'Xero gets both without them',
    source: 'xero-postman-oauth2#2, #3 and #7',
    steps: [
      freshSandbox('web'),
      send('Consent link', linkAccepted, {
        as: 'Consent link with pasted settings',
        set: { client_id: ' {{client_id}}\n', client_secret: '\t{{client_secret}}\r\n', scopes: '\n{{scopes}} ' },
      }),
      customer(),
      exchanged,
      send('Refresh tokens', { status: 200, changed: ['access_token', 'refresh_token'] }),
    ],
  },
  {
    id: 'QA-042',
    title: 'A link to a wrong host leads to no login page',
    given: 'a good consent link, and then an authorize_url of the host that has the tokens',
    when: 'the next link is sent',
    then: 'Xero answers 404, the script says that something is wrong, and the good link stays the newest',
    source: 'Xero-OpenAPI xero-identity.yaml: login.xero.com has the authorize endpoint, identity.xero.com the others',
    steps: [
      freshSandbox('web'),
      send('Consent link', linkAccepted),
      send(
        'Consent link',
        { ...linkRefused('Xero is not answering properly'), status: 404 },
        {
          as: 'Consent link to another host',
          set: { authorize_url: '{{sandbox_url}}/connect/authorize' },
        },
      ),
    ],
  },
];
