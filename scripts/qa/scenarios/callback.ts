import { acceptedAfterAll, pastedCallback, refused } from './callback-steps';
import type { Scenario } from './scenario';
import { freshSandbox, customer, linkAccepted, send } from './steps';

const mistakes = [
  { pasted: 'the code', advice: 'callback_url holds only a code' },
  { pasted: 'the consent link', advice: 'callback_url holds the consent link itself' },
  {
    pasted: 'an error',
    advice: 'Xero sent the customer back with an error instead of a code (server_error)',
  },
  { pasted: "Xero's login page", advice: 'Allow access was not pressed there' },
  { pasted: 'a sentence', advice: 'callback_url holds no address' },
  { pasted: 'nothing', advice: 'callback_url is empty' },
];

const harms = ['line breaks', 'quotes', 'angle brackets and a full stop', 'percent-encoding', 'HTML', 'a fragment'];

/** Where the customer ends, and what is pasted of it. */
export const callbackScenarios: readonly Scenario[] = [
  {
    id: 'QA-110',
    title: 'A customer who presses Cancel connects nothing',
    given: 'a consent link',
    when: 'the customer presses Cancel, and the address they end at is pasted',
    then: 'nothing is sent, and the script says what happened',
    source: 'RFC 6749 §4.1.2.1',
    steps: [
      freshSandbox('web'),
      send('Consent link', linkAccepted),
      customer({ cancel: true }, 'The customer presses Cancel'),
      send('Exchange code', {
        heldBack: 'the customer pressed Cancel',
        kept: ['callback_url', 'access_token', 'refresh_token'],
        environment: { grant_status: 'never_connected' },
      }),
    ],
  },
  {
    id: 'QA-160',
    title: 'Something else than the callback is pasted',
    given: 'a customer who consented, and sends the wrong thing',
    when: 'it is pasted',
    then: 'nothing is sent, and the script says what it is and what to paste; the right thing is still good',
    source: 'RFC 6749 §4.1.2 and §4.1.2.1; xero-ruby-oauth2-app#46',
    rows: mistakes,
    steps: [
      pastedCallback('web'),
      refused('Exchange code with something else', { as: '{{pasted}}' }, '{{advice}}'),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-165',
    title: 'A callback that mails and chats have harmed is understood',
    given: 'the true address, with line breaks, quotes or escapes that a mail or a chat put there',
    when: 'it is pasted',
    then: 'the code is exchanged as if nothing had happened',
    source: 'RFC 3986 appendix C: whitespace and delimiters around a URI in a text',
    rows: harms.map((harm) => ({ harm })),
    steps: [
      pastedCallback('web'),
      { ...acceptedAfterAll('Exchange code with the harmed address'), before: { as: '{{harm}}' } },
    ],
  },
];
