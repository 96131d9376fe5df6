import { jsonOf } from '../../../../scripts/text/json';
import { chooseConnection } from '../../_shared/connections/chooseConnection';
import { connectionsIn } from '../../_shared/connections/connectionsIn';
import { failIf } from '../../_shared/request/failIf';
import { heldName } from '../../_shared/connections/heldName';
import { jwtClaims } from '../../_shared/tokens/jwtClaims';
import { keepTenant } from '../../_shared/connections/keepTenant';
import { nameIn } from '../../_shared/link/nameIn';
import { servedRefusal } from '../../_shared/connections/servedRefusal';
import { servedToken } from '../../_shared/tokens/servedToken';
import { setting } from '../../_shared/request/setting';
import { showPage } from '../../_shared/pages/showPage';
import { showRefusal } from '../../_shared/pages/showRefusal';
/** @import { Connection } from '../../_shared/connections/connectionsIn' */

/** Finds the organisation of the token that a server has handed out. Never replaces one that the environment has. */
function judgeOrganisation() {
  const refusal = servedRefusal(pm.response);
  pm.test('Xero answers with status 200', () => failIf(refusal));
  if (refusal) return showRefusal(pm.response, refusal);
  const claims = jwtClaims(servedToken());
  const all = connectionsIn(jsonOf(pm.response.text()));
  const found = chooseConnection(all, claims, setting('tenant_id')) ?? (all.length === 1 ? all[0] : undefined);
  const fault = found ? faultOf(found) : noneOf(all);
  pm.test('the token is for this environment', () => failIf(fault));
  if (fault || !found) return showRefusal(pm.response, fault);
  keepTenant(found, claims);
  showPage(() => ({
    tone: 'good',
    mark: '✓ Found',
    title: `The token is for ${nameIn(found)}`,
    lead: 'Its id is kept in tenant_id. No token is in this environment: a server keeps the connection.',
    next: ['Send Read organisation, or any call to Xero that is in a folder with the same authorization.'],
  }));
}

/** @param {Connection} found */
function faultOf(found) {
  const [held, expected] = [setting('tenant_id'), setting('expected_tenant')];
  const other = 'choose the environment of that customer at the top right, or get a token for this one';
  if (held && found.tenantId !== held)
    return `the token is for ${nameIn(found)}, and this environment for ${heldName()}: ${other}`;
  if (!expected || found.tenantId === expected) return '';
  return `the token is for ${nameIn(found)}, not for expected_tenant: ${other}`;
}

/** @param {Connection[]} all */
function noneOf(all) {
  if (all.length === 0) return 'the organisation of this token is not connected any more: ask the owner of the server';
  return `${all.length} organisations are connected, and the token does not say which is its own: write its id into tenant_id, the owner of the server knows it`;
}

judgeOrganisation();
