import type { Scenario } from '../../../scripts/collection/qa/scenario';
import { customer, linkAccepted, send } from '../../../scripts/collection/qa/steps';
import { acceptedAfterAll, namedBy, opened, paste, refused, unspent } from './callback-steps';

const csrf = 'RFC 6749 §10.12; RFC 9700 §4.7.1';

/** An expression: the true address with another state. */
function withState(state: string): string {
  return `callback.replace(/state=[^&]*/, 'state=' + ${state})`;
}

/** An expression: a state made that many days ago. */
function stateOf(days: number): string {
  return `makeState(pm.environment.name, new Date(Date.now() - ${days} * 86_400_000), 'nonce', setting('client_secret'))`;
}

const forgeries = {
  'another secret': `makeState(pm.environment.name, new Date(), 'nonce', 'guessed')`,
  'another time': `${stateOf(1)}.replace(/[^.]*$/, setting('consent_state').split('.')[2])`,
  'no signature': `setting('consent_state').replace(/[^.]*$/, '')`,
  'a word': `'123'`,
  'a state with a word after it': `setting('consent_state') + '.more'`,
};

/** Whether the state of a callback shows that it answers a link of this environment. */
export const stateScenarios: readonly Scenario[] = [
  {
    id: 'QA-120',
    title: 'A forged state is not believed',
    given: 'a code, and a state that was not signed with this client secret',
    when: 'that address is pasted',
    then: 'nothing is sent; with the true state the same code is good',
    source: csrf,
    rows: Object.keys(forgeries).map((forgery) => ({ forgery })),
    steps: [
      opened('web'),
      refused(
        'Exchange code with a forged state',
        withState(namedBy('forgery', forgeries)),
        'callback_url does not come from a link of this environment',
      ),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-125',
    title: 'A callback without a state is not believed',
    given: 'a code without the state that belongs to it',
    when: 'that address is pasted',
    then: 'nothing is sent; with the state the same code is good',
    source: csrf,
    steps: [
      opened('web'),
      refused('Exchange code without a state', `callback.replace(/&state=[^&]*/, '')`, 'callback_url holds no state'),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-130',
    title: 'A link is good for 14 days',
    given: 'links made 15 and 13 days ago',
    when: 'what came of them is pasted',
    then: 'the older one is refused with nothing sent, the younger one connects',
    source: `${csrf}; the 14 days are this collection's own`,
    steps: [
      opened('web'),
      refused('Exchange code of a link 15 days old', withState(stateOf(15)), 'more than 14 days old'),
      send(
        'Exchange code',
        { status: 200, changed: ['access_token', 'refresh_token'], environment: { callback_url: '' } },
        { as: 'Exchange code of a link 13 days old', before: paste(withState(stateOf(13))) },
      ),
    ],
  },
  {
    id: 'QA-135',
    title: 'A callback that belongs to another environment is sent there',
    given: 'two environments of the same app',
    when: 'the address that answers the link of one is pasted into the other',
    then: 'nothing is sent, and the script says where it belongs',
    source: csrf,
    steps: [
      opened('web'),
      refused(
        'Exchange code of another environment',
        withState(`makeState('another', new Date(), 'nonce', setting('client_secret'))`),
        'callback_url belongs to another environment',
      ),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-140',
    title: 'A link of a web app is honoured by a program that never saw it made',
    given: 'a link made elsewhere, by somebody with the same client secret',
    when: 'its callback is pasted where no link was made',
    then: 'the signature in the state is enough, and the code is exchanged',
    source: `${csrf}; the signed state is this collection's own`,
    steps: [
      opened('web'),
      {
        ...acceptedAfterAll('Exchange code of a link made elsewhere'),
        set: { callback_url: '{{true_callback}}', consent_state: '', consent_requested_at: '' },
      },
    ],
  },
  {
    id: 'QA-145',
    title: 'A mobile or desktop app believes its newest link alone',
    given: 'two links, one after the other',
    when: 'the customer opens the older one, and then the newer',
    then: 'the older is refused with nothing sent, the newer connects',
    source: 'RFC 7636 §4.1: a verifier for every request',
    steps: [
      opened('pkce'),
      send('Consent link', { ...linkAccepted, changed: ['consent_state', 'code_verifier'] }, { as: 'A newer link' }),
      send('Exchange code', {
        heldBack: 'answers another link than the newest',
        kept: [...unspent, 'code_verifier'],
      }),
      customer({}, 'The customer opens the newer link'),
      send(
        'Exchange code',
        { status: 200, changed: ['access_token', 'refresh_token'], environment: { code_verifier: '' } },
        { as: 'Exchange code of the newer link' },
      ),
    ],
  },
  {
    id: 'QA-150',
    title: 'A link of a mobile or desktop app is good for 14 days, too',
    given: 'a link made 15 days ago',
    when: 'what came of it is pasted',
    then: 'nothing is sent, and the script says that the link is too old',
    source: `RFC 7636 §4.1; the 14 days are this collection's own`,
    steps: [
      opened('pkce'),
      send(
        'Exchange code',
        { heldBack: 'more than 14 days old', kept: [...unspent, 'code_verifier'] },
        {
          as: 'Exchange code of a link 15 days old',
          before: `pm.environment.set('consent_requested_at', new Date(Date.now() - 15 * 86_400_000).toISOString());`,
        },
      ),
    ],
  },
];
