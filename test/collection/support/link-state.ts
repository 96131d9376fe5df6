import { signedState } from '../../support/states';
import { appId, appRedirectUri, appSecret } from './send';

/** What differs from the state of a link that was made for `acme` yesterday and is good for 14 days. */
export interface LinkDetails {
  readonly name?: string;
  readonly ageInDays?: number;
  readonly days?: number;
  readonly secret?: string;
  readonly redirectUri?: string;
  readonly mayReplace?: true;
}

/** The state of a web app's link. */
export function linkState({
  name = 'acme',
  ageInDays = 1,
  days = 14,
  secret = appSecret,
  redirectUri = appRedirectUri,
  mayReplace,
}: LinkDetails = {}): string {
  const made = Math.floor(Date.now() / 1000 - ageInDays * 86_400);
  const claims = { n: name, t: made, u: made + days * 86_400, r: 'nonce' };
  return signedState({ ...claims, ...(mayReplace ? { x: 1 } : {}) }, { secret, clientId: appId, redirectUri });
}
