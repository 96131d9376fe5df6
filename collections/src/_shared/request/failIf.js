/**
 * Fails a test with an advice and nothing else, or lets it hold where there is none.
 * @param {string} advice
 */
export function failIf(advice) {
  if (advice) pm.expect.fail(advice);
}
