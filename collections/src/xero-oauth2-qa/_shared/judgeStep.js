import { jsonOf } from '../../../../scripts/text/json';
import { judgeAnswer } from './judgeAnswer';
import { judgeEnvironment } from './judgeEnvironment';
import { judgeSaid } from './judgeSaid';
import { keepAnswer } from './keepAnswer';

/**
 * Tests whether the answer, and what the main collection's script did with it, are as the step expects.
 * @param {{ complaints: string[] }} seen
 * @param {import('postman-collection').Response} response
 */
export function judgeStep({ complaints }, response) {
  const expected = JSON.parse(pm.variables.get('step_expected'));
  const answer = jsonOf(response.text());
  if (expected.keepLink) pm.environment.set('consent_link', pm.request.url.toString());
  keepAnswer(expected, answer);
  judgeAnswer(expected, response, answer);
  judgeSaid('the script says what it should', complaints.join('; '), expected.refusal);
  judgeEnvironment(expected);
}
