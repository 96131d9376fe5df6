/**
 * Stops a request before it is sent, and the run that it is part of, and shows the advice in the test results; what the
 * script does afterwards has no effect. (A script that throws would not stop it.)
 * @param {string} advice what is wrong and what to do, without any secret
 */
export function refuse(advice) {
  pm.test('the request can be sent', () => pm.expect.fail(advice));
  pm.execution.setNextRequest(null);
  // @ts-ignore TS2339: pre-request scripts only, and only they call this
  pm.execution.skipRequest();
}
