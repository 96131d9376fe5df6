import { judgeTokenResponse } from '../../../../scripts/refresh/token-response';
import { failIf } from '../../_shared/request/failIf';
import { showPage } from '../../_shared/pages/showPage';
import { showRefusal } from '../../_shared/pages/showRefusal';
import { tokenRefusal } from '../../_shared/tokens/tokenRefusal';

/** Removes the tokens, which Xero accepts no more (RFC 7009 §2.2). */
function forgetTokens() {
  const refusal =
    pm.response.code === 200
      ? ''
      : tokenRefusal(
          judgeTokenResponse(pm.response.code, pm.response.text() ?? ''),
          'Xero does not know this refresh token: nothing is left to revoke',
          'later',
        );
  pm.test('Xero answers with status 200', () => failIf(refusal));
  if (refusal) return showRefusal(pm.response, refusal, 'Nothing has changed, but disconnect_confirm is empty again.');
  const ended = [
    'access_token',
    'refresh_token',
    'access_token_expires_at',
    'refresh_token_expires_at',
    'refresh_started_at',
  ];
  for (const key of ended) pm.environment.set(key, '');
  pm.environment.set('grant_status', 'consent_needed');
  showPage(() => ({
    tone: 'good',
    mark: '✓ Ended',
    title: 'The consent is revoked',
    lead: 'All organisations that this user connected to the app are disconnected. The tokens are gone from the environment.',
    next: ['Nothing. To connect again, send Consent link.'],
  }));
}

forgetTokens();
