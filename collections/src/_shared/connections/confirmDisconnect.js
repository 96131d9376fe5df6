import { plainName } from '../../../../scripts/environment/plain-name';
import { refuse } from '../request/refuse';

/**
 * Disconnecting asks first: disconnect_confirm must hold the organisation's name, in the environment itself. It is good for
 * one request. Whether it was there; where not, the request is refused.
 * @param {string} name
 */
export function confirmDisconnect(name) {
  const isMeant = plainName(name) === plainName(pm.environment.get('disconnect_confirm'));
  if (isMeant) pm.environment.set('disconnect_confirm', '');
  else
    refuse(
      `this disconnects ${name} at Xero: if you mean that, write ${name} into disconnect_confirm and send this again`,
    );
  return isMeant;
}
