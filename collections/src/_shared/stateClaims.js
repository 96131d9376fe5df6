import { parsedJson } from './parsedJson';

/**
 * What a link says of itself.
 * @typedef {{ name: string, madeAt: Date, goodUntil: Date, mayReplace: boolean, isOldForm: boolean }} Link
 */

/**
 * What a state says of its link, whoever made it, or undefined when it is none. The kept state of an app without a secret,
 * egp1, has no signature; eg1, of older versions, says not until when it is good, which is 14 days.
 * @param {string} state
 * @returns {Link | undefined}
 */
export function stateClaims(state) {
  const [version = '', payload = '', mac, ...rest] = state.split('.');
  const isWhole = version === 'egp1' ? mac === undefined : /^eg[12]$/.test(version) && mac !== undefined;
  const { n, t, u, x } = parsedJson(Buffer.from(payload, 'base64').toString()) ?? {};
  const isOldForm = version === 'eg1';
  const until = isOldForm ? t + 14 * 86_400 : u;
  const isTime = [t, until].every((time) => Number.isSafeInteger(time) && time >= 0 && time <= 1e11);
  if (!isWhole || rest.length > 0 || typeof n !== 'string' || !isTime) return undefined;
  return { name: n, madeAt: new Date(t * 1000), goodUntil: new Date(until * 1000), mayReplace: x === 1, isOldForm };
}
