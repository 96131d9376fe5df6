import { base64url } from './base64url';
import { stateMac } from './stateMac';

/**
 * A state that verifies itself: whose link it is, when it was made, until when it is good, and a nonce, signed for one app
 * (RFC 6749 §10.12). Who receives the callback needs nothing but the client secret to check it: eg2.PAYLOAD.MAC
 * @param {{ n: string, t: number, u: number, r: string, x?: 1 }} claims as linkClaims has them
 * @param {{ clientSecret: string, clientId: string, redirectUri: string }} app as linkApp has it
 */
export function makeState(claims, app) {
  const signed = `eg2.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${stateMac(signed, app)}`;
}
