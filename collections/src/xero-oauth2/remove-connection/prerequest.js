/**
 * Looks up the connection to remove: the one in connection_id where that is given, else that of tenant_id.
 * (Postman follows a redirect of this look-up, but leaves the access token behind when it goes to another host.)
 */
function findConnection() {
  const url = endpoint('connections_url');
  const token = accessToken();
  const wanted = setting('connection_id') || required('tenant_id', 'send List connections first');
  if (!url || !token || !wanted) return;
  /** @type {any} sendRequest takes a plain definition, which its type does not say */
  const listing = { url, method: 'GET', header: { Authorization: `Bearer ${token}` } };
  pm.sendRequest(listing, (error, response) => {
    if (error) refuse('Xero cannot be reached, nothing has changed: send this again later');
    else if (response.code !== 200) refuse(apiRefusal(response));
    else chooseRemoval(parsedJson(response.text()));
  });
}

/** @param {unknown} answer the list of connections */
function chooseRemoval(answer) {
  const wanted = setting('connection_id');
  const connections = Array.isArray(answer) ? answer : [];
  const found = connections.find((one) => (wanted ? one?.id === wanted : one?.tenantId === setting('tenant_id')));
  const id = String(found?.id ?? wanted);
  pm.variables.set('connection_id', id);
  pm.variables.set('removed_tenant_id', String(found?.tenantId ?? ''));
  if (!/^[\w-]+$/.test(id))
    refuse('tenant_id is not among the connections, it was removed already: send List connections');
}

findConnection();
