import { peekState } from '../../../../scripts/consent/state';
import { judgeState } from '../../../../scripts/consent/state-check';
import { hmacSha256 } from './hmacSha256';
import { linkApp } from './linkApp';
import { setting } from '../request/setting';

/**
 * Judges a state for this environment. Its newest link is always its own, even if the environment was renamed since.
 * @param {string} state
 */
export function judgedState(state) {
  const consentState = setting('consent_state');
  const own = state === consentState ? peekState(state)?.name : undefined;
  const holder = {
    appType: setting('app_type'),
    names: [String(pm.environment.name), ...(own === undefined ? [] : [own])],
    apps: [linkApp()],
    consentState,
    consentRequestedAt: setting('consent_requested_at') || '1970-01-01', // a link with no date is too old
    codeVerifier: setting('code_verifier'),
    connectedAt: setting('connected_at'),
  };
  return judgeState(state, holder, new Date(), hmacSha256);
}
