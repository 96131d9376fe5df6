import { jsonOf } from '../../../../scripts/text/json';
import { apiRefusal } from '../../_shared/connections/apiRefusal';
import { asideFault } from '../../_shared/tokens/asideFault';
import { chooseConnection } from '../../_shared/connections/chooseConnection';
import { connectionFault } from '../../_shared/connections/connectionFault';
import { connectionsIn } from '../../_shared/connections/connectionsIn';
import { jwtClaims } from '../../_shared/tokens/jwtClaims';
import { keepGrant } from '../../_shared/tokens/keepGrant';
import { keepTenant } from '../../_shared/connections/keepTenant';
import { refuseGrant } from '../../_shared/tokens/refuseGrant';
import { failIf } from '../../_shared/request/failIf';
import { setting } from '../../_shared/request/setting';
import { showConnections } from '../../_shared/pages/showConnections';
import { showRefusal } from '../../_shared/pages/showRefusal';
import { unjudgedTokens } from '../../_shared/tokens/unjudgedTokens';

/** Finds the organisation of this environment, and who gave the consent. Never replaces an organisation that it has. */
function judgeConnections() {
  const unjudged = unjudgedTokens();
  const refusal = pm.response.code === 200 ? '' : apiRefusal(pm.response);
  pm.test('Xero answers with status 200', () => failIf(pm.response.code === 200 ? '' : refusal));
  if (refusal) return refuseList(refusal, Boolean(unjudged) && pm.response.code === 401);
  const claims = jwtClaims(unjudged?.accessToken ?? setting('access_token'));
  const connections = connectionsIn(jsonOf(pm.response.text()));
  const found = chooseConnection(connections, claims, setting('tenant_id'));
  const ours = unjudged ? found : (connections.find((one) => one.tenantId === setting('tenant_id')) ?? found);
  const fault = unjudged ? asideFault(unjudged, ours) : connectionFault(connections, ours);
  pm.test('an organisation is connected', () => failIf(fault));
  if (fault && unjudged) return refuseGrant(pm.response, unjudged, ours, fault);
  if (fault || !ours) return showRefusal(pm.response, fault);
  if (unjudged) keepGrant(unjudged, ours);
  else keepTenant(ours, claims);
  showConnections(connections, ours);
}

/**
 * @param {string} refusal
 * @param {boolean} isTooLate whether the access token that was put aside has expired
 */
function refuseList(refusal, isTooLate) {
  if (isTooLate) pm.environment.set('pending_access_token', '');
  showRefusal(pm.response, isTooLate ? 'the tokens put aside have ended: send a new Consent link' : refusal);
}

judgeConnections();
