import { errorFault } from '../tokens/errorFault';
import { stateFault } from './stateFault';
/** @import { PastedCallback } from '../../../../scripts/consent/pasted-callback' */

/**
 * Why nothing can be exchanged for a callback, or '' when its code can be sent.
 * @param {PastedCallback} callback
 */
export function callbackFault(callback) {
  if (callback.kind === 'error') return errorFault(callback);
  if (callback.kind === 'code') return stateFault(callback.state);
  const whole = 'paste the whole address of the page the customer ended on, from http to its end';
  const strange = `callback_url holds a code or a state that is none of Xero's, and is not sent: ${whole}`;
  const faults = {
    nothing: `callback_url is empty: ${whole}`,
    bare_code: `callback_url holds only a code, which is not enough: ${whole}`,
    not_a_url: `callback_url holds no address: ${whole}`,
    consent_link:
      'callback_url holds the consent link itself: the customer opens it and presses Allow access, the page after that is the one',
    no_code: `callback_url holds no code, Allow access was not pressed there: ${whole}`,
    no_state: `callback_url holds no state: ${whole}`,
    cut_off: 'the end of callback_url is missing: copy all of it, while the five minutes last, and paste it again',
    redirector:
      "callback_url holds the address of a mail filter or link shortener: copy it from the browser's address bar instead",
    bad_code: strange,
    bad_state: strange,
  };
  return faults[callback.kind];
}
