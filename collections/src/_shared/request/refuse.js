import { adviceParts } from '../pages/adviceParts';
import { failIf } from './failIf';
import { showPage } from '../pages/showPage';

/** @type {string[]} */
const refusals = [];

/**
 * Stops a request before it is sent, ends the run, and says why in the test results and, the first time, on a page. The rest
 * of the script has no effect. (Throwing an error would not stop the request.)
 * @param {string} advice what is wrong and what to do, without any secret
 */
export function refuse(advice) {
  pm.test('the request can be sent', () => failIf(advice));
  pm.execution.setNextRequest(null);
  // @ts-ignore TS2339: only pre-request scripts have it, and only they call this
  pm.execution.skipRequest();
  if (refusals.push(advice) > 1) return;
  const { why, next } = adviceParts(advice);
  showPage(() => ({
    tone: 'bad',
    mark: '✕ Not sent',
    title: `${pm.info.requestName} was not sent`,
    lead: 'Nothing has left this computer, and nothing in the environment has changed.',
    facts: [{ name: 'Why', value: why }],
    next: next.length > 0 ? next : ['Correct that, save the environment, and send this again.'],
  }));
}
