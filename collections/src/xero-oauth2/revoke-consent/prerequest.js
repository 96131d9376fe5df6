import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { confirmDisconnect } from '../../_shared/connections/confirmDisconnect';
import { endpoint } from '../../_shared/request/endpoint';
import { heldName } from '../../_shared/connections/heldName';
import { onlyFor } from '../../_shared/request/onlyFor';
import { required } from '../../_shared/request/required';

/** Revokes the refresh token (RFC 7009 §2.1), if a person has typed the name of the organisation that it disconnects. */
function prepareRevocation() {
  onlyFor(['web', 'pkce'], 'a custom connection is ended in Xero, under Connected apps');
  const settings = [endpoint('revocation_url'), required('refresh_token', 'there is nothing to revoke')];
  if (clientAuthentication() && settings.every(Boolean)) confirmDisconnect(heldName());
}

prepareRevocation();
