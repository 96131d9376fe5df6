import { judgeLinkAnswer } from '../../../../scripts/consent/link-answer';
import { peekState } from '../../../../scripts/consent/state';
import { errorPage } from '../../_shared/pages/errorPage';
import { linkRefusal } from '../../_shared/link/linkRefusal';
import { failIf } from '../../_shared/request/failIf';
import { setting } from '../../_shared/request/setting';
import { showConsentLink } from '../../_shared/pages/showConsentLink';
import { showRefusal } from '../../_shared/pages/showRefusal';

/** For a good link Xero shows its login page; for most bad ones an error page; for the others it redirects to the app. */
function judgeConsentLink() {
  const { code: status } = pm.response;
  const location = String(pm.response.headers.get('Location') ?? '');
  const judge = (/** @type {string | undefined} */ errorText) => {
    const answer = { status, location, body: pm.response.text() ?? '' };
    const preflight = judgeLinkAnswer(answer, errorText, setting('redirect_uri'));
    const isAccepted = preflight?.kind === 'accepted' && [302, 303, 307].includes(status);
    report(isAccepted ? '' : linkRefusal(preflight));
    if (isAccepted) keepConsentLink();
  };
  const page = status >= 300 && status < 400 && errorPage(location);
  if (!page) return judge(undefined);
  pm.sendRequest(page, (error, response) => judge(error ? '' : response.text()));
}

/** @param {string} refusal '' when Xero accepts the link */
function report(refusal) {
  const isRedirect = [302, 303, 307].includes(pm.response.code);
  pm.test('Xero answers with a redirect (status 302, 303 or 307)', () => failIf(isRedirect ? '' : refusal));
  if (isRedirect) pm.test('Xero accepts the consent link', () => failIf(refusal));
  if (refusal) showRefusal(pm.response, refusal);
}

/** Keeps the link for the exchange, and shows it. */
function keepConsentLink() {
  const state = pm.variables.get('state');
  pm.environment.set('consent_state', state);
  pm.environment.set('consent_requested_at', pm.variables.get('requested_at'));
  if (setting('app_type') === 'pkce') pm.environment.set('code_verifier', pm.variables.get('new_code_verifier'));
  showConsentLink(pm.request.url.toString(), peekState(state), setting('scopes'));
}

judgeConsentLink();
