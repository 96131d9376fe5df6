import { madeState } from './madeState';
import { setting } from '../../_shared/request/setting';
/** @import { OtherState } from './madeState' */

/**
 * A state to put into the pasted address: one with a name, or one as a link of another time, form or app has it.
 * @param {string | OtherState} state a name may be a column of the row, as `{{column}}`
 */
export function otherState(state) {
  if (typeof state !== 'string') return madeState(state);
  const own = setting('consent_state');
  /** @type {Record<string, () => string>} */
  const states = {
    'another secret': () => madeState({ app: { clientSecret: 'guessed by somebody' } }),
    'another app': () => madeState({ app: { clientId: 'another' } }),
    'another address': () => madeState({ app: { redirectUri: 'https://example.com/' } }),
    'another time': () => `${unsigned(madeState({ daysAgo: 1 }))}${own.split('.')[2] ?? ''}`,
    'no signature': () => unsigned(own),
    'a word': () => '123',
    'a state with a word after it': () => `${own}.more`,
  };
  const make = states[pm.variables.replaceIn(state)];
  if (!make) throw new Error(`no state is called "${pm.variables.replaceIn(state)}"`);
  return make();
}

/**
 * A state up to the full stop before its signature.
 * @param {string} state
 */
function unsigned(state) {
  return state.slice(0, state.lastIndexOf('.') + 1);
}
