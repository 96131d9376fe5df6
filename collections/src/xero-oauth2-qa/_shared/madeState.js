import { makeKeptState, makeState, signedAnew } from '../../../../scripts/consent/state';
import { base64url } from '../../../../scripts/text/base64url';
import { hmacSha256 } from '../../_shared/link/hmacSha256';
import { linkApp } from '../../_shared/link/linkApp';
import { newLink } from '../../_shared/link/newLink';

/**
 * How a state differs from that of a link that this environment would make now.
 * @typedef {object} OtherState
 * @property {'eg1' | 'eg2' | 'egp1'} [form] eg2 by default; egp1 is also kept as the newest link's
 * @property {number} [daysAgo] when the link was made
 * @property {string} [name] the environment that it names
 * @property {boolean} [mayReplace]
 * @property {Partial<ReturnType<typeof linkApp>>} [app]
 */

/**
 * A state with the claims and the signature that a step asks for.
 * @param {OtherState} state
 */
export function madeState({ form = 'eg2', daysAgo = 0, app = {}, ...others }) {
  const link = { ...newLink(new Date(Date.now() - daysAgo * 86_400_000)), ...others };
  if (form === 'eg2') return makeState(link, { ...linkApp(), ...app }, 'nonce', hmacSha256);
  if (form === 'eg1') {
    const payload = { n: link.name, t: Math.floor(link.madeAt.getTime() / 1000), r: '' };
    return signedAnew(`eg1.${base64url(JSON.stringify(payload))}.`, linkApp(), hmacSha256);
  }
  const kept = makeKeptState(link, 'nonce');
  pm.environment.set('consent_state', kept);
  return kept;
}
