import { isStrong } from '../../../../scripts/consent/state';
import { clientSecret } from './clientSecret';
import { refuse } from '../request/refuse';

/** The client secret, which signs links. A short one is refused, because it could be guessed from a link (RFC 2104 §3). */
export function linkSecret() {
  const secret = clientSecret();
  if (secret && !isStrong(secret)) {
    refuse('client_secret is shorter than 16 characters, too short to sign a link: copy the whole secret once more');
  }
  return secret;
}
