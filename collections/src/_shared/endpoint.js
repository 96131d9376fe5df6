/**
 * The URL in a setting, which must be https, or http on this computer, because secrets travel there.
 * '' when it was refused.
 * @param {string} key
 */
function endpoint(key) {
  const url = required(key, 'copy it from the template of this app type');
  const safe = /^(https:\/\/[^\s/?#@\\]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?#]\S*)?$/i;
  if (!url || safe.test(url)) return url;
  refuse(`${key} must be a URL that starts with https:// (http:// only for localhost)`);
  return '';
}
