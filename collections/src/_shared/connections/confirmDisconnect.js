import { plainName } from '../../../../scripts/environment/plain-name';
import { refuse } from '../request/refuse';

/**
 * Disconnecting needs a confirmation: disconnect_confirm, in the environment itself, must be the organisation's name. It is
 * good for one request. Returns whether it was there; if not, the request is refused.
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
