/**
 * Whether a link has been used up: it was made before the environment was connected the last time.
 * @param {Link} link
 */
function isUsedUp(link) {
  return link.madeAt.getTime() <= Date.parse(setting('connected_at'));
}
