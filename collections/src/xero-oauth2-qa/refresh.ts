import type { Scenario } from '../../../scripts/collection/qa/scenario';
import { afresh, consented, fault, pass, send, tokenIs } from '../../../scripts/collection/qa/steps';

/** How refresh tokens live, are used up and end. */
export const refreshScenarios: readonly Scenario[] = [
  {
    id: 'QA-320',
    title: 'A used refresh token works again within 30 minutes',
    given: 'a connection whose answer to a refresh was lost',
    when: 'the same refresh token is sent again 29 minutes later',
    then: 'Xero answers with tokens, new ones or the same again',
    source: 'https://developer.xero.com/faq/oauth2 (30 minutes of grace)',
    rows: [{ grace_answer: 'new' }, { grace_answer: 'same' }],
    steps: [
      afresh('web', { graceAnswer: '{{grace_answer}}' }),
      consented(),
      fault('The next answer will be lost', { fault: 'lost_after', on: 'token' }),
      send('Refresh tokens', { isUnanswered: true, refusal: 'Xero is not answering', kept: ['refresh_token'] }),
      pass('29m', '29 minutes pass'),
      send(
        'Refresh tokens',
        { status: 200, changed: ['access_token', 'refresh_token'], environment: { generation: '2' } },
        { as: 'Refresh tokens, with the same token' },
      ),
      tokenIs('live', '{{refresh_token}}', 'The new refresh token is good'),
    ],
  },
];
