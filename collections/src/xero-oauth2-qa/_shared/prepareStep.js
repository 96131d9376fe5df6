/**
 * Remembers what must come of a step and the environment as it is before it, and puts the step's own values into that.
 * @param {Record<string, string>} values by key; `{{names}}` are filled in
 * @param {string} request the main collection's request that is sent, '' for an order to the sandbox
 * @param {object} expected
 * @param {() => void} change what else is put there, after the values
 */
function prepareStep(values, request, expected, change = () => {}) {
  for (const [key, value] of Object.entries(values)) pm.environment.set(key, pm.variables.replaceIn(value));
  change();
  pm.variables.set('step_request', request);
  pm.variables.set('step_expected', JSON.stringify(expected));
  pm.variables.set('step_before', JSON.stringify(pm.environment.toObject(true, true)));
}
