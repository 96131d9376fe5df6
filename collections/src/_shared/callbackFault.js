/**
 * Why nothing can be exchanged for a callback, or '' when its code can be sent (RFC 6749 §4.1.2.1).
 * @param {Record<string, string>} callback as parseCallback reads it
 */
function callbackFault({ code, state, error }) {
  if (error === 'access_denied') {
    return 'the customer pressed Cancel, or Xero refused one of the scopes: send a new Consent link';
  }
  if (error) return 'Xero sent the customer back with an error instead of a code: send a new Consent link';
  if (!code) return 'callback_url holds no code: paste the whole address of the page the customer ended on';
  if (!state) return 'callback_url holds no state: paste the whole address of the page the customer ended on';
  return stateFault(state);
}
