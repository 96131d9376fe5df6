import { judgedState } from './judgedState';
import { setting } from '../request/setting';

/**
 * Why the state of a callback cannot be trusted, or '' when it can.
 * @param {string} state
 */
export function stateFault(state) {
  const isOther = setting('app_type') === 'pkce' && setting('consent_state') !== '';
  const faults = {
    good: '',
    verifier_gone: '', // a later check names the missing code_verifier
    weak_secret:
      'client_secret is shorter than 16 characters, too short to check a link: copy the whole secret once more',
    other_environment:
      'callback_url belongs to another environment: choose that one at the top right, and paste it there',
    forged: isOther
      ? 'callback_url answers another link than the newest of this environment: have that one opened, or send a new Consent link'
      : 'callback_url does not come from a link of this environment: send a new Consent link',
    expired: 'the link of callback_url is too old, or a clock is wrong: send a new Consent link',
  };
  return faults[judgedState(state).kind];
}
