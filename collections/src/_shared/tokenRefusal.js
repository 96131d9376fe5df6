import { errorCode } from './errorCode';

/**
 * What an answer of the token endpoint that is no token set means, and what to do (RFC 6749 §5.2).
 * @param {import('postman-collection').Response} response
 * @param {string} invalidGrant what that code means to this request
 */
export function tokenRefusal(response, invalidGrant) {
  const code = errorCode(response);
  if (!code || response.code >= 500 || [408, 425, 429].includes(response.code)) {
    return 'Xero is not answering properly, nothing has changed: send this again within 30 minutes, a code within 5';
  }
  const advice = new Map([
    ['invalid_grant', invalidGrant],
    ['invalid_client', 'Xero does not know this client_id and client_secret: copy both from the app once more'],
    ['unauthorized_client', 'this app may not do this: compare app_type with what the app is at developer.xero.com'],
    ['invalid_scope', 'Xero refuses one of the scopes: for a custom connection leave scopes empty'],
  ]);
  return advice.get(code) ?? `Xero refused with ${code}, nothing has changed: compare the environment with the app`;
}
