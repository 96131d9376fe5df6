import { linkApp } from './linkApp';
import { setting } from './setting';
import { stateClaims } from './stateClaims';
import { stateMac } from './stateMac';
/** @import { Link } from './stateClaims' */

/**
 * The link that a state comes from, or undefined when that is none of this environment's: a web app's link is signed, that
 * of an app without a secret is the newest, which the environment keeps.
 * @param {string} state
 * @returns {Link | undefined}
 */
export function readLink(state) {
  const claims = stateClaims(state);
  if (setting('app_type') === 'web') {
    const end = Math.max(state.lastIndexOf('.'), 0);
    return claims && state.slice(end + 1) === stateMac(state.slice(0, end), linkApp()) ? claims : undefined;
  }
  if (!state || state !== setting('consent_state')) return undefined;
  const madeAt = new Date(setting('consent_requested_at'));
  const goodUntil = new Date(madeAt.getTime() + 14 * 86_400_000);
  return claims ?? { name: '', madeAt, goodUntil, mayReplace: false, isOldForm: false };
}
