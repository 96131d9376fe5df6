import { isConfirmed } from './isConfirmed';
import { refuse } from '../request/refuse';

/**
 * Disconnecting needs a confirmation: disconnect_confirm, in the environment itself, must be the organisation's name. It is
 * good for one request. Returns whether it was there; if not, the request is refused.
 * @param {string} name
 * @param {string} [all] everything that is disconnected, where that is more than the one
 */
export function confirmDisconnect(name, all = name) {
  const isMeant = isConfirmed(name);
  if (isMeant) pm.environment.set('disconnect_confirm', '');
  else
    refuse(
      `this disconnects ${all} at Xero: if you mean that, write ${name} into disconnect_confirm and send this again`,
    );
  return isMeant;
}
