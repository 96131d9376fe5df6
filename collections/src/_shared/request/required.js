import { literal } from './literal';
import { refuse } from './refuse';

/**
 * A setting that the request needs; when it is blank, the request is refused.
 * @param {string} key
 * @param {string} advice where to get it
 */
export function required(key, advice) {
  const value = literal(key);
  if (!value) refuse(`${key} is empty in the environment: ${advice}`);
  return value;
}
