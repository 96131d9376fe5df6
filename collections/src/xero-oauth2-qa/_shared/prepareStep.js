import { changePasted } from './changePasted';
/** @import { Step } from './readStep' */

/**
 * Writes a step's values into the environment, and keeps a copy of the environment and what the step expects.
 * @param {Step} step
 */
export function prepareStep({ request = '', set = {}, before, expect }) {
  const filledIn = (/** @type {string} */ text) => pm.variables.replaceIn(text);
  for (const [key, value] of Object.entries(set)) pm.environment.set(filledIn(key), filledIn(value));
  if (before) changePasted(before);
  pm.variables.set('step_request', request);
  pm.variables.set('step_expected', JSON.stringify(expect));
  pm.variables.set('step_before', JSON.stringify(pm.environment.toObject(true, true)));
}
