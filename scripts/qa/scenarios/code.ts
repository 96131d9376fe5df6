import type { Expectation, Scenario, Step } from './scenario';
import { freshSandbox, control, customer, environmentOf, exchanged, linkAccepted, advanceClock, send } from './steps';

const untouched = ['callback_url', 'access_token', 'refresh_token', 'tenant_id', 'grant_status', 'generation'];
const refused: Expectation = {
  status: 400,
  body: { error: 'invalid_grant' },
  refusal: 'send a new Consent link',
  kept: untouched,
};

/** The customer has consented; the code is still to be exchanged. */
function withCode(): Step[] {
  return [send('Consent link', linkAccepted), customer()];
}

/** What Xero makes of a code. */
export const codeScenarios: readonly Scenario[] = [
  {
    id: 'QA-200',
    title: 'A code is good once',
    given: 'a code that was exchanged',
    when: 'the same address is pasted again',
    then: 'Xero refuses it; the tokens in the environment stay, and live on or end as Xero chooses',
    source: 'RFC 6749 §4.1.2 (a server should revoke what came of the code); Xero does not say',
    rows: [
      { code_reuse: 'refuse', first_token: 'live' },
      { code_reuse: 'revoke', first_token: 'dead' },
    ],
    steps: [
      freshSandbox('web', { codeReuse: '{{code_reuse}}' }),
      withCode(),
      send(
        'Exchange code',
        { status: 200, changed: ['access_token', 'refresh_token'] },
        { set: { spent_callback: '{{callback_url}}' } },
      ),
      send('Exchange code', refused, { as: 'Exchange code again', set: { callback_url: '{{spent_callback}}' } }),
      control(
        'Whether the first refresh token lives on',
        'POST',
        'inspect',
        { refreshToken: '{{refresh_token}}' },
        { body: { state: '{{first_token}}' } },
      ),
    ],
  },
  {
    id: 'QA-205',
    title: 'A code is good for 5 minutes',
    given: 'codes that are 5 minutes and a second, and 4 minutes old',
    when: 'they are exchanged',
    then: 'Xero refuses the older one and the script says why; the younger one connects',
    source: 'RFC 6749 §4.1.2; https://developer.xero.com/documentation/guides/oauth2/auth-flow',
    steps: [
      freshSandbox('web'),
      withCode(),
      advanceClock('301s', '5 minutes and a second pass'),
      send('Exchange code', { ...refused, refusal: 'is older than 5 minutes' }, { as: 'Exchange code, too late' }),
      withCode(),
      advanceClock('4m', '4 minutes pass'),
      exchanged,
    ],
  },
  {
    id: 'QA-210',
    title: 'A code belongs to the redirect URI of its link',
    given: 'an app with two redirect URIs',
    when: 'the code of one is exchanged with a state for the other',
    then: 'Xero refuses the code, and the script names redirect_uri',
    source: 'RFC 6749 §4.1.3',
    steps: [
      freshSandbox('web'),
      control(
        'A web app with two redirect URIs',
        'POST',
        'apps',
        { appType: 'web', redirectUris: ['http://localhost:8080/callback', 'https://app.example/callback'] },
        { keep: { client_id: 'clientId' } },
      ),
      environmentOf('web', '{{client_id}}'),
      withCode(),
      send(
        'Exchange code',
        { ...refused, refusal: 'redirect_uri has changed' },
        {
          as: 'Exchange code with the other one',
          set: { redirect_uri: 'https://app.example/callback' },
          before: { state: {} },
        },
      ),
    ],
  },
  {
    id: 'QA-220',
    title: 'A code of a mobile or desktop app belongs to its verifier',
    given: 'a code, and another verifier than its link was made with',
    when: 'the code is exchanged',
    then: 'Xero refuses it, and nothing in the environment changes',
    source: 'RFC 7636 §4.6',
    steps: [
      freshSandbox('pkce'),
      withCode(),
      send(
        'Exchange code',
        { ...refused, kept: [...untouched, 'code_verifier'] },
        { as: 'Exchange code with another verifier', set: { code_verifier: 'a'.repeat(43) } },
      ),
    ],
  },
  {
    id: 'QA-225',
    title: 'A code of a mobile or desktop app is not sent without its verifier',
    given: 'a code, and an environment that has lost the verifier',
    when: 'the code is to be exchanged',
    then: 'nothing is sent; with the verifier the same code is good',
    source: 'RFC 7636 §4.5',
    steps: [
      freshSandbox('pkce'),
      withCode(),
      send(
        'Exchange code',
        { heldBack: 'code_verifier is empty', kept: untouched },
        {
          as: 'Exchange code without a verifier',
          set: { lost_verifier: '{{code_verifier}}', code_verifier: '' },
        },
      ),
      { ...exchanged, set: { code_verifier: '{{lost_verifier}}' } },
    ],
  },
];
