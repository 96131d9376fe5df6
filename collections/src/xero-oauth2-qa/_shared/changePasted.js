import { otherState } from './otherState';
import { pastedAs } from './pastedAs';
import { setting } from '../../_shared/request/setting';
/** @import { OtherState } from './madeState' */

/**
 * A change to the pasted address: `as` gives it a form by name; `state` another state, by name or made for it.
 * @typedef {{ as?: string, state?: string | OtherState }} PastedChange
 */

/**
 * Changes the address in callback_url.
 * @param {PastedChange} change names may be columns of the row, as `{{column}}`
 */
export function changePasted({ as, state }) {
  const callback = setting('callback_url');
  const stated = state === undefined ? callback : callback.replace(/state=[^&]*/, `state=${otherState(state)}`);
  const pasted = as === undefined ? stated : pastedAs(pm.variables.replaceIn(as), stated);
  pm.environment.set('callback_url', pasted);
}
