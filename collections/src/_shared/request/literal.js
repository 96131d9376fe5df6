import { refuse } from './refuse';
import { setting } from './setting';

/**
 * A setting that may be blank; one with {{…}}, which Postman fills in after the script has seen and signed it, is refused.
 * @param {string} key
 */
export function literal(key) {
  const value = setting(key);
  if (/\{\{|\}\}/.test(value)) refuse(`${key} holds a reference in {{ }}: write the value itself there`);
  return value;
}
