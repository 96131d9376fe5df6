import { base64url } from './base64url';

/**
 * What signs a state: HMAC-SHA256 under a key that is derived from the client secret (HKDF-SHA256, RFC 5869), over the
 * state, client_id and redirect_uri. A state of the form eg1, made by older versions, is signed with the secret itself.
 * @param {string} signed the state without its signature
 * @param {{ clientSecret: string, clientId: string, redirectUri: string }} app as linkApp has it
 */
export function stateMac(signed, { clientSecret, clientId, redirectUri }) {
  // The parentheses keep the type checker from looking for its types.
  const { HmacSHA256 } = /** @type {NodeRequire} */ (require)('crypto-js');
  const key = HmacSHA256('evergrant consent state eg2\u0001', HmacSHA256(clientSecret, ''));
  const mac = signed.startsWith('eg1.')
    ? HmacSHA256(signed, clientSecret)
    : HmacSHA256([signed, clientId, redirectUri].join('\n'), key);
  return base64url(Buffer.from(mac.toString(), 'hex'));
}
