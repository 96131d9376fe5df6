import { literal } from './literal';
import { refuse } from './refuse';
import { sealedByServer } from '../tokens/sealedByServer';

/**
 * A setting that the request needs; when it is blank, or sealed, the request is refused, and the value is ''.
 * @param {string} key
 * @param {string} advice where to get it
 */
export function required(key, advice) {
  const value = literal(key);
  if (!value) refuse(`${key} is empty in the environment: ${advice}`);
  const sealed = sealedByServer(value);
  if (sealed) refuse(sealed);
  return sealed ? '' : value;
}
