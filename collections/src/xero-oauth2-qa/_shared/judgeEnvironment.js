import { mustHold } from './mustHold';
import { describeRow } from './describe';

/**
 * Tests the environment after a step. Of secret rows, only the length is ever shown.
 * @param {{ environment?: Record<string, string>, kept?: string[], changed?: string[], ahead?: Record<string, number> }} expected
 */
export function judgeEnvironment({ environment = {}, kept = [], changed = [], ahead = {} }) {
  /** @type {Record<string, string>} */
  const before = JSON.parse(pm.variables.get('step_before'));
  const valueOf = (/** @type {string} */ key) => String(pm.environment.get(key) ?? '');
  const beforeOf = (/** @type {string} */ key) => String(before[key] ?? '');
  const shown = (/** @type {string} */ key, value = valueOf(key)) => describeRow(key, value);
  const otherThan = (/** @type {string} */ key, /** @type {string} */ wanted) => {
    const got = shown(key);
    return `expected ${wanted}, got ${got === wanted ? `another: ${got}` : got}`;
  };
  const isOff = (/** @type {string} */ key, /** @type {number} */ seconds) =>
    !(Math.abs(Date.parse(valueOf(key)) - Date.now() - seconds * 1000) <= 30_000);
  mustHold('the environment is right', [
    ...Object.entries(environment)
      .map(([key, text]) => [key, pm.variables.replaceIn(text)])
      .filter(([key = '', wanted]) => valueOf(key) !== wanted)
      .map(([key = '', wanted]) => `${key}: ${otherThan(key, shown(key, wanted))}`),
    ...kept
      .filter((key) => valueOf(key) !== beforeOf(key))
      .map((key) => `${key}: ${otherThan(key, shown(key, beforeOf(key)))}; it should have stayed`),
    ...changed
      .filter((key) => valueOf(key) === '' || valueOf(key) === beforeOf(key))
      .map((key) => `${key}: expected a new value, got ${shown(key)}${valueOf(key) === '' ? '' : ' as before'}`),
    ...Object.entries(ahead)
      .filter(([key, seconds]) => isOff(key, seconds))
      .map(([key, seconds]) => {
        const wanted = new Date(Date.now() + seconds * 1000).toISOString();
        return `${key}: expected ${wanted} or within 30 seconds of it, got ${shown(key)}`;
      }),
  ]);
}
