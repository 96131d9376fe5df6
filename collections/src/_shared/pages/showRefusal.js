import { errorCodeOf } from '../../../../scripts/refresh/token-response';
import { adviceParts } from './adviceParts';
import { showPage } from './showPage';

/**
 * Shows what happened, why, and what to do; a run of several requests ends here.
 * @param {import('postman-collection').Response} response
 * @param {string} advice the why, a colon, and what to do
 * @param {string} [lead] what has become of the environment
 */
export function showRefusal(response, advice, lead = 'Nothing in the environment has changed.') {
  pm.execution.setNextRequest(null);
  showPage(() => {
    const { why, next } = adviceParts(advice);
    const { code } = response;
    const error = (code && errorCodeOf(response.text() ?? '')) || '';
    const answer = `Xero answered with status ${code}${error && ` (${error})`}.`;
    const what = { name: 'What happened', value: code ? answer : 'Xero did not answer.' };
    const title = `${pm.info.requestName} did not work`;
    return { tone: 'bad', mark: '✕ Refused', title, lead, facts: [what, { name: 'Why', value: why }], next };
  });
}
