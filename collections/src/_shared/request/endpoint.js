import { isSafeUrl } from './isSafeUrl';
import { refuse } from './refuse';
import { required } from './required';

/**
 * The URL in a setting. It must be https, or http on this computer, because secrets are sent there; '' when it is refused.
 * @param {string} key
 */
export function endpoint(key) {
  const url = required(key, 'copy it from the template of this app type');
  if (!url || isSafeUrl(url)) return url;
  refuse(`${key} must be a URL that starts with https:// (http:// only for localhost)`);
  return '';
}
