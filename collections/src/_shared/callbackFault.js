import { isCode } from './isCode';
import { stateFault } from './stateFault';

/**
 * Why nothing can be exchanged for a callback, or '' when its code can be sent (RFC 6749 §4.1.2.1).
 * @param {{ url: string, parameters: Record<string, string> }} callback as parseCallback reads it
 */
export function callbackFault({ url, parameters }) {
  const whole = 'paste the whole address of the page the customer ended on, from http to its end';
  const { code, state, error, error_description: description = '' } = parameters;
  if (!url) return `callback_url is empty: ${whole}`;
  if (/^(?=.*\d)[\w.~+/=-]{20,}$/.test(url)) return `callback_url holds only a code, which is not enough: ${whole}`;
  if (!/^https?:\/\/[^/?#]/i.test(url)) return `callback_url holds no address: ${whole}`;
  if (error === 'access_denied' && /scope/i.test(description)) {
    return 'Xero refuses one of the scopes to this app: correct scopes and send a new Consent link';
  }
  if (error === 'access_denied') return 'the customer pressed Cancel: send a new Consent link if they did not mean to';
  if (error) {
    const named = /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : '';
    return `Xero sent the customer back with an error instead of a code${named}: send a new Consent link`;
  }
  if (!code && parameters.response_type) {
    return 'callback_url holds the consent link itself: the customer opens it and presses Allow access, the page after that is the one';
  }
  if (!code) return `callback_url holds no code, Allow access was not pressed there: ${whole}`;
  if (!state) return `callback_url holds no state: ${whole}`;
  if (!isCode(code) || !isCode(state)) {
    return `callback_url holds a code or a state that is none of Xero's, and is not sent: ${whole}`;
  }
  return stateFault(state);
}
