import { accessToken } from '../../_shared/tokens/accessToken';
import { endpoint } from '../../_shared/request/endpoint';
import { unjudgedTokens } from '../../_shared/tokens/unjudgedTokens';

/** Asks with the access token, or with that of a consent whose organisation is not known yet. */
function prepareList() {
  endpoint('connections_url');
  const unjudged = unjudgedTokens();
  if (unjudged) pm.request.headers.upsert({ key: 'Authorization', value: `Bearer ${unjudged.accessToken}` });
  else accessToken();
}

prepareList();
