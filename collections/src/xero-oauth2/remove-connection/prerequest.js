import { isPlainId } from '../../../../scripts/environment/plain-name';
import { jsonOf } from '../../../../scripts/text/json';
import { accessToken } from '../../_shared/tokens/accessToken';
import { apiRefusal } from '../../_shared/connections/apiRefusal';
import { confirmDisconnect } from '../../_shared/connections/confirmDisconnect';
import { connectionsIn } from '../../_shared/connections/connectionsIn';
import { endpoint } from '../../_shared/request/endpoint';
import { heldName } from '../../_shared/connections/heldName';
import { literal } from '../../_shared/request/literal';
import { refuse } from '../../_shared/request/refuse';
import { required } from '../../_shared/request/required';
import { setting } from '../../_shared/request/setting';
/** @import { Connection } from '../../_shared/connections/connectionsIn' */

/**
 * Looks up the connection to remove: that of connection_id if it is set, otherwise that of tenant_id.
 * (Postman follows a redirect of this look-up, but doesn't send the access token to another host.)
 */
function findConnection() {
  const url = endpoint('connections_url');
  const token = accessToken();
  const wanted = literal('connection_id') || required('tenant_id', 'send List connections first');
  if (!url || !token || !wanted) return;
  if (!isPlainId(wanted)) return refuse('that is no id of a connection or an organisation: send List connections');
  /** @type {any} sendRequest accepts a plain definition, but its type doesn't */
  const listing = { url, method: 'GET', header: { Authorization: `Bearer ${token}` } };
  pm.sendRequest(listing, (error, response) => {
    if (error) refuse('Xero cannot be reached, nothing has changed: send this again later');
    else if (response.code !== 200) refuse(apiRefusal(response));
    else chooseRemoval(connectionsIn(jsonOf(response.text())));
  });
}

/** @param {Connection[]} connections */
function chooseRemoval(connections) {
  const [wanted, held] = [setting('connection_id'), setting('tenant_id')];
  const found = connections.find((one) => (wanted ? one.id === wanted : one.tenantId === held));
  const id = found?.id || wanted;
  if (!isPlainId(id)) {
    return refuse('tenant_id is not among the connections, it was removed already: send List connections');
  }
  const name = found?.tenantId === held ? heldName() : found?.tenantName;
  if (!confirmDisconnect(name || id)) return;
  pm.variables.set('connection_id', id);
  pm.variables.set('removed_tenant_id', found?.tenantId ?? '');
}

findConnection();
