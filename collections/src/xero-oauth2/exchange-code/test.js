import { readCallback } from '../../../../scripts/consent/pasted-callback';
import { grantFault } from '../../_shared/tokens/grantFault';
import { heldName } from '../../_shared/connections/heldName';
import { judgedState } from '../../_shared/link/judgedState';
import { judgeTokens } from '../../_shared/tokens/judgeTokens';
import { jwtClaims } from '../../_shared/tokens/jwtClaims';
import { keepGrant } from '../../_shared/tokens/keepGrant';
import { keepTenant } from '../../_shared/connections/keepTenant';
import { failIf } from '../../_shared/request/failIf';
import { lookUpConnection } from '../../_shared/connections/lookUpConnection';
import { putAside } from '../../_shared/tokens/putAside';
import { refuseGrant } from '../../_shared/tokens/refuseGrant';
import { setting } from '../../_shared/request/setting';
import { showConnected } from '../../_shared/pages/showConnected';

/**
 * Keeps the tokens. After a refusal, nothing is changed. If the environment has or expects an organisation, or the link was
 * used before, the tokens are put aside until Xero has said which organisation they are for.
 */
function keepTokensOfExchange() {
  const advice = 'the code was used already, is older than 5 minutes, or redirect_uri has changed';
  const tokens = judgeTokens(pm.response, `${advice}: send a new Consent link`, 'within 5 minutes of Allow access');
  if (!tokens) return;
  const callback = readCallback(setting('callback_url'));
  const judged = judgedState(callback.kind === 'code' ? callback.state : '');
  const link = { isUsedUp: judged.kind !== 'good' || judged.isUsedUp, mayReplace: judged.claims?.mayReplace ?? false };
  const isFree = grantFault(tokens, undefined, link) === '';
  const held = { tenantId: setting('tenant_id'), tenantName: heldName() };
  if (isFree) keepGrant(tokens, undefined);
  else putAside(tokens, '');
  pm.environment.set('callback_url', '');
  if (setting('app_type') === 'pkce') pm.environment.set('code_verifier', '');
  const short = 'the connection ends in 30 minutes: add offline_access to scopes and send a new Consent link';
  pm.test('a refresh token came along', () => failIf(tokens.refreshToken ? '' : short));
  const isOld = judged.claims?.isOldForm ?? false;
  if (isOld) pm.test.skip('the link has the form of older versions: get the newest collection');
  lookUpConnection(tokens.accessToken, (connection, others) => {
    const fault = isFree ? '' : grantFault(tokens, connection, link);
    if (fault) return refuseGrant(pm.response, tokens, connection, fault);
    if (!isFree) keepGrant(tokens, connection);
    else if (connection) keepTenant(connection, jwtClaims(tokens.accessToken));
    if (connection) pm.test('the organisation is known', () => pm.expect(connection.tenantId).to.be.ok);
    else pm.test.skip('the organisation is not known yet: send List connections');
    const isOther = connection && held.tenantId && held.tenantId !== connection.tenantId;
    showConnected(tokens, connection, others, isOther ? held.tenantName : '', isOld);
  });
}

keepTokensOfExchange();
