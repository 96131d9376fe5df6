import { refuse } from './refuse';
import { setting } from './setting';

/**
 * A setting that may be blank. One with {{…}} is refused, because Postman replaces it after the script has signed it.
 * @param {string} key
 */
export function literal(key) {
  const value = setting(key);
  if (/\{\{|\}\}/.test(value)) refuse(`${key} holds a reference in {{ }}: write the value itself there`);
  return value;
}
