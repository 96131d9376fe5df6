import { isPlainId } from '../../../../scripts/environment/plain-name';
import { heldName } from '../../_shared/connections/heldName';
import { judgeTokens } from '../../_shared/tokens/judgeTokens';
import { jwtClaims } from '../../_shared/tokens/jwtClaims';
import { failIf } from '../../_shared/request/failIf';
import { setting } from '../../_shared/request/setting';
import { showRefusal } from '../../_shared/pages/showRefusal';
import { showTokens } from '../../_shared/pages/showTokens';
import { storeTokens } from '../../_shared/tokens/storeTokens';

/** Keeps the access token and the organisation that it names. After a refusal, nothing is changed. */
function keepAccessToken() {
  const tokens = judgeTokens(
    pm.response,
    'Xero refuses this custom connection: look at it at developer.xero.com',
    'later',
  );
  if (!tokens) return;
  const named = jwtClaims(tokens.accessToken).xero_tenant_id;
  const tenantId = isPlainId(named) ? named : '';
  const held = setting('tenant_id');
  const moved = `this custom connection is for another organisation than ${heldName()}: if that is meant, empty tenant_id and tenant_name, and send this again`;
  const isOurs = !tenantId || !held || tenantId === held;
  pm.test('the token is for the organisation held', () => failIf(isOurs ? '' : moved));
  if (!isOurs) return showRefusal(pm.response, moved);
  storeTokens(tokens);
  if (tenantId) pm.environment.set('tenant_id', tenantId);
  showTokens(false, 'Send this again for the next one: a custom connection has no refresh token.');
}

keepAccessToken();
