import { jsonOf } from '../../../../scripts/text/json';
/** @import { PastedChange } from './changePasted' */

/**
 * One step of a scenario, as the request's disabled header `qa-step` has it in JSON.
 * @typedef {object} Step
 * @property {string} [request] the main collection's request that is sent; without it, the request controls the sandbox
 * @property {Record<string, string>} [set] rows of the environment before it, in this order; `{{names}}` are filled in
 * @property {PastedChange} [before] how the pasted address is changed after that
 * @property {any} expect the result that it must have
 */

/**
 * The step of this request. Its header is only for the scripts and is removed from the request. When the step is missing or
 * broken, a test names the request, and it is not sent.
 * @param {string[]} requests the main collection's
 * @returns {Step | undefined}
 */
export function readStep(requests) {
  const text = pm.request.headers.one('qa-step')?.value;
  const step = /** @type {any} */ (jsonOf(text));
  pm.request.removeHeader('qa-step', { ignoreCase: true });
  const isKnown = step?.request === undefined || requests.includes(step.request);
  if (step?.expect && isKnown) return step;
  const fault = !text
    ? 'it has no disabled header qa-step'
    : isKnown
      ? 'its disabled header qa-step is no JSON with "expect"'
      : `the main collection has no request "${step.request}"`;
  pm.test('the request is a step of a scenario', () => {
    pm.expect.fail(`"${pm.info.requestName}" cannot be played, ${fault}: import the QA collection again`);
  });
  // @ts-ignore TS2339: only pre-request scripts have it, and only they call this
  pm.execution.skipRequest();
  return undefined;
}
