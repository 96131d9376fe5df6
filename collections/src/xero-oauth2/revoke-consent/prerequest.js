import { jsonOf } from '../../../../scripts/text/json';
import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { confirmDisconnect } from '../../_shared/connections/confirmDisconnect';
import { connectionsIn } from '../../_shared/connections/connectionsIn';
import { endpoint } from '../../_shared/request/endpoint';
import { heldName } from '../../_shared/connections/heldName';
import { isConfirmed } from '../../_shared/connections/isConfirmed';
import { nameIn } from '../../_shared/link/nameIn';
import { onlyFor } from '../../_shared/request/onlyFor';
import { required } from '../../_shared/request/required';
import { setting } from '../../_shared/request/setting';

/**
 * Revokes the refresh token (RFC 7009 §2.1), if a person has typed the name of this environment's organisation. Before that
 * the request is refused, and says which organisations it disconnects.
 */
function prepareRevocation() {
  onlyFor(['web', 'pkce'], 'a custom connection is ended in Xero, under Connected apps');
  const settings = [endpoint('revocation_url'), required('refresh_token', 'there is nothing to revoke')];
  if (!clientAuthentication() || !settings.every(Boolean)) return;
  const url = endpoint('connections_url');
  if (isConfirmed(heldName()) || !url) return confirmDisconnect(heldName());
  /** @type {any} sendRequest takes a plain definition, which its type does not say */
  const listing = { url, method: 'GET', header: { Authorization: `Bearer ${setting('access_token')}` } };
  pm.sendRequest(listing, (error, response) => {
    const isListed = !error && response.code === 200;
    const names = isListed ? connectionsIn(jsonOf(response.text())).map(nameIn) : [];
    const all = isListed
      ? names.join(', ')
      : `${heldName()} and all others of this person (Refresh tokens first, to see which)`;
    confirmDisconnect(heldName(), all || heldName());
  });
}

prepareRevocation();
