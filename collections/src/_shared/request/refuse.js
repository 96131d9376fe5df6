import { failIf } from './failIf';
import { showHeldBack } from '../pages/showHeldBack';

/** @type {string[]} */
const refusals = [];

/**
 * Stops a request before it is sent, ends the run, and says why in the test results and, the first time, on a page. The rest
 * of the script has no effect. (Throwing an error would not stop the request.)
 * @param {string} advice what is wrong and what to do, without any secret
 */
export function refuse(advice) {
  pm.test('the request can be sent', () => failIf(advice));
  if (refusals.push(advice) === 1) showHeldBack(advice); // after skipRequest it would have no effect
  pm.execution.setNextRequest(null);
  // @ts-ignore TS2339: only pre-request scripts have it, and only they call this
  pm.execution.skipRequest();
}
