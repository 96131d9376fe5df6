import { plainName } from '../../../../scripts/environment/plain-name';

/**
 * Whether somebody has written an organisation's name into disconnect_confirm, in the environment itself.
 * @param {string} name
 */
export function isConfirmed(name) {
  return plainName(name) === plainName(pm.environment.get('disconnect_confirm'));
}
