import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { endpoint } from '../../_shared/request/endpoint';
import { literal } from '../../_shared/request/literal';
import { onlyFor } from '../../_shared/request/onlyFor';

/** A custom connection asks for a token in its own name (RFC 6749 §4.4.2), and sends `scope` only when it is set. */
function prepareClientCredentials() {
  onlyFor(['custom_connection'], 'send Refresh tokens instead');
  endpoint('token_url');
  clientAuthentication();
  const scope = literal('scopes').replace(/\s+/g, ' ');
  if (scope) pm.request.body?.urlencoded?.add({ key: 'scope', value: scope });
}

prepareClientCredentials();
