/**
 * Stops a request before it is sent, ends the run, and shows the advice in the test results. The rest of the script has no
 * effect. (Throwing an error would not stop the request.)
 * @param {string} advice what is wrong and what to do, without any secret
 */
export function refuse(advice) {
  pm.test('the request can be sent', () => pm.expect.fail(advice));
  pm.execution.setNextRequest(null);
  // @ts-ignore TS2339: only pre-request scripts have it, and only they call this
  pm.execution.skipRequest();
}
