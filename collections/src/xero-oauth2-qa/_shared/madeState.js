import { base64url } from '../../_shared/base64url';
import { linkApp } from '../../_shared/linkApp';
import { linkClaims } from '../../_shared/linkClaims';
import { linkDays } from '../../_shared/linkDays';
import { makeState } from '../../_shared/makeState';
import { stateMac } from '../../_shared/stateMac';

/**
 * How a made state differs from that of a link which this environment makes now.
 * @typedef {object} OtherState
 * @property {'eg1' | 'eg2' | 'egp1'} [form] eg2 when not given; egp1 is kept as the newest, too
 * @property {number} [daysAgo] when the link was made
 * @property {object} [claims] what it says else, as linkClaims has it
 * @property {Partial<ReturnType<typeof linkApp>>} [app]
 */

/**
 * A state that says and is signed as a step wants it.
 * @param {OtherState} state
 */
export function madeState({ form = 'eg2', daysAgo = 0, claims = {}, app = {} }) {
  const madeAt = new Date(Date.now() - daysAgo * 86_400_000);
  const made = { ...linkClaims(madeAt, 'nonce', linkDays()), ...claims };
  if (form === 'eg2') return makeState(made, { ...linkApp(), ...app });
  const { u: _, ...older } = made;
  const unsigned = `${form}.${base64url(JSON.stringify(form === 'eg1' ? older : made))}`;
  if (form === 'eg1') return `${unsigned}.${stateMac(unsigned, linkApp())}`;
  pm.environment.set('consent_state', unsigned);
  return unsigned;
}
