import { acceptedAfterAll, pastedCallback, pasted, refused, unspent } from './callback-steps';
import type { Scenario } from './scenario';
import { freshSandbox, consented, customer, linkAccepted, putAside, send } from './steps';

const csrf = 'RFC 6749 §10.12; RFC 9700 §4.7.1';

const forgeries = [
  'another secret',
  'another app',
  'another address',
  'another time',
  'no signature',
  'a word',
  'a state with a word after it',
];

/** Whether the state of a callback shows that it answers a link of this environment. */
export const stateScenarios: readonly Scenario[] = [
  {
    id: 'QA-120',
    title: 'A forged state is not believed',
    given: 'a code, and a state that was not signed with this client secret for this app and redirect URI',
    when: 'that address is pasted',
    then: 'nothing is sent; with the true state the same code is good',
    source: csrf,
    rows: forgeries.map((forgery) => ({ forgery })),
    steps: [
      pastedCallback('web'),
      refused(
        'Exchange code with a forged state',
        { state: '{{forgery}}' },
        'callback_url does not come from a link of this environment',
      ),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-122',
    title: 'A code that is an expression is not sent',
    given: 'a true state, and a code that Postman would fill in with the client secret',
    when: 'that address is pasted',
    then: 'nothing is sent; with the true code the same state is good',
    source: 'RFC 6749 appendix A.11',
    steps: [
      pastedCallback('web'),
      refused(
        'Exchange code with an expression',
        { as: 'an expression for its code' },
        "callback_url holds a code or a state that is none of Xero's",
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
      pastedCallback('web'),
      refused('Exchange code without a state', { as: 'it has no state' }, 'callback_url holds no state'),
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
      pastedCallback('web'),
      refused('Exchange code of a link 15 days old', { state: { daysAgo: 15 } }, 'the link of callback_url is too old'),
      send(
        'Exchange code',
        { status: 200, changed: ['access_token', 'refresh_token'], environment: { callback_url: '' } },
        { as: 'Exchange code of a link 13 days old', set: pasted, before: { state: { daysAgo: 13 } } },
      ),
    ],
  },
  {
    id: 'QA-132',
    title: 'A link is good for as many days as link_days says, 60 at most',
    given: 'links for 61 days and for one day',
    when: 'they are asked for, and what came of the second is pasted after two days',
    then: 'the first is not made, the second is refused with nothing sent',
    source: `${csrf}; the lifetime is this collection's own`,
    steps: [
      freshSandbox('web'),
      send(
        'Consent link',
        { heldBack: 'link_days must be a whole number of days from 1 to 60', kept: ['consent_state'] },
        { as: 'Consent link for 61 days', set: { link_days: '61' } },
      ),
      send('Consent link', linkAccepted, { as: 'Consent link for a day', set: { link_days: '1' } }),
      { ...customer(), expect: { status: 200, keep: { callback_url: 'callbackUrl', true_callback: 'callbackUrl' } } },
      refused('Exchange code of a link two days old', { state: { daysAgo: 2 } }, 'the link of callback_url is too old'),
      acceptedAfterAll(),
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
      pastedCallback('web'),
      refused(
        'Exchange code of another environment',
        { state: { name: 'another' } },
        'callback_url belongs to another environment',
      ),
      acceptedAfterAll(),
    ],
  },
  {
    id: 'QA-137',
    title: 'A link is used up by its success',
    given: 'a connection',
    when: 'its link is opened again, for another organisation and then for the same',
    then: 'the first changes nothing and its tokens are put aside; the same person and organisation is taken',
    source: `${csrf}; that a link works once is this collection's own`,
    steps: [
      freshSandbox('web'),
      consented({ organisations: ['Harbour Lane Bakery'] }),
      customer({ organisations: ['Demo Company (Global)'] }, 'Somebody opens the same link'),
      send('Exchange code', putAside('the link was used before, and brings Demo Company (Global)'), {
        as: 'Exchange code of the used link',
      }),
      send('Check access', { status: 200, body: { 'Organisations.0.Name': 'Harbour Lane Bakery' } }),
      customer({ organisations: ['Harbour Lane Bakery'] }, 'The same customer opens it'),
      send(
        'Exchange code',
        {
          status: 200,
          changed: ['access_token', 'refresh_token', 'connected_at'],
          kept: ['tenant_id', 'authorised_user_id'],
          environment: { pending_access_token: '', pending_refresh_token: '', generation: '2' },
        },
        { as: 'Exchange code of the same again' },
      ),
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
      pastedCallback('web'),
      {
        ...acceptedAfterAll('Exchange code of a link made elsewhere'),
        set: { callback_url: '{{true_callback}}', consent_state: '', consent_requested_at: '' },
      },
    ],
  },
  {
    id: 'QA-142',
    title: 'A link that an older version has made is still honoured',
    given: 'a link whose state is signed with the client secret itself',
    when: 'its callback is pasted',
    then: 'the code is exchanged',
    source: `${csrf}; the form eg1 is this collection's own`,
    steps: [
      pastedCallback('web'),
      {
        ...acceptedAfterAll('Exchange code of an older link'),
        before: { state: { form: 'eg1' } },
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
      pastedCallback('pkce'),
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
    id: 'QA-148',
    title: 'A client secret that was cut short signs no link',
    given: 'a client_secret of 15 characters',
    when: 'a link is asked for, and a callback is pasted',
    then: 'nothing is sent either time; with the whole secret the code is good',
    source: 'RFC 2104 §3: short keys weaken a signature',
    steps: [
      pastedCallback('web'),
      send(
        'Consent link',
        { heldBack: 'client_secret is shorter than 16 characters', kept: ['consent_state', 'consent_requested_at'] },
        {
          as: 'Consent link with a short secret',
          set: { whole_secret: '{{client_secret}}', client_secret: 'fifteen letters' },
        },
      ),
      refused('Exchange code with a short secret', {}, 'client_secret is shorter than 16 characters'),
      { ...acceptedAfterAll(), set: { callback_url: '{{true_callback}}', client_secret: '{{whole_secret}}' } },
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
      pastedCallback('pkce'),
      send(
        'Exchange code',
        { heldBack: 'the link of callback_url is too old', kept: [...unspent, 'code_verifier'] },
        {
          as: 'Exchange code of a link 15 days old',
          set: pasted,
          before: { state: { form: 'egp1', daysAgo: 15 } },
        },
      ),
    ],
  },
];
