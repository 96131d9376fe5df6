import { setting } from './setting';
/** @import { Link } from './stateClaims' */

/**
 * Whether a link has been used up: it was made before the environment was connected the last time.
 * @param {Link} link
 */
export function isUsedUp(link) {
  return link.madeAt.getTime() <= Date.parse(setting('connected_at'));
}
