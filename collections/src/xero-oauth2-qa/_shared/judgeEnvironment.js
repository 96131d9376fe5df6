/**
 * Tests the environment after a step. Only the names of rows are shown, never their values.
 * @param {{ environment?: Record<string, string>, kept?: string[], changed?: string[], ahead?: Record<string, number> }} expected
 */
export function judgeEnvironment({ environment = {}, kept = [], changed = [], ahead = {} }) {
  /** @type {Record<string, string>} */
  const before = JSON.parse(pm.variables.get('step_before'));
  const valueOf = (/** @type {string} */ key) => String(pm.environment.get(key) ?? '');
  const beforeOf = (/** @type {string} */ key) => String(before[key] ?? '');
  const isOff = (/** @type {[string, number]} */ [key, seconds]) =>
    !(Math.abs(Date.parse(valueOf(key)) - Date.now() - seconds * 1000) <= 30_000);
  const wrong = [
    ...Object.keys(environment).filter((key) => valueOf(key) !== pm.variables.replaceIn(environment[key])),
    ...kept.filter((key) => valueOf(key) !== beforeOf(key)),
    ...changed.filter((key) => valueOf(key) === '' || valueOf(key) === beforeOf(key)),
    ...Object.entries(ahead)
      .filter(isOff)
      .map(([key]) => key),
  ];
  pm.test('the environment is right', () => pm.expect(wrong.join(', '), 'wrong').to.equal(''));
}
