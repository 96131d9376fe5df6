import { setting } from '../request/setting';
/** @import { TokenResponse } from '../../../../scripts/refresh/token-response' */

/**
 * What to do after a response of the token endpoint that is not a token set.
 * @param {TokenResponse} judged
 * @param {string} invalidGrant what that code means to this request
 * @param {string} again until when the request may be sent again, such as `within 30 minutes`
 */
export function tokenRefusal(judged, invalidGrant, again) {
  if (judged.kind === 'invalidGrant') return invalidGrant;
  if (judged.kind === 'unusable')
    return `no token can hold what is in this answer, nothing of it is stored: send this again ${again}; if it stays so, tell whoever looks after your network`;
  if (judged.kind === 'misdirected' && !/^https:\/\/identity\.xero\.com\//.test(setting('token_url')))
    return `token_url leads to no token endpoint, nothing has changed: write https://identity.xero.com/connect/token there, and send this again ${again}`;
  if (judged.kind !== 'clientRejected')
    return `Xero is not answering properly, nothing has changed: send this again ${again}`;
  const advice = new Map([
    ['invalid_client', 'Xero does not know this client_id and client_secret: copy both from the app once more'],
    ['unauthorized_client', 'this app may not do this: compare app_type with what the app is at developer.xero.com'],
    ['invalid_scope', 'Xero refuses one of the scopes: for a custom connection leave scopes empty'],
  ]);
  const { code } = judged;
  return advice.get(code) ?? `Xero refused with ${code}, nothing has changed: compare the environment with the app`;
}
