import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { endpoint } from '../../_shared/request/endpoint';
import { keptByServer } from '../../_shared/tokens/keptByServer';
import { onlyFor } from '../../_shared/request/onlyFor';
import { refuse } from '../../_shared/request/refuse';
import { required } from '../../_shared/request/required';

onlyFor(['web', 'pkce'], 'a custom connection has no refresh token, send Get access token');
const kept = keptByServer(
  'ask its owner when something is wrong, and send nothing here: two who refresh end each other',
);
if (kept) refuse(kept);
endpoint('token_url');
required('refresh_token', 'send Consent link and Exchange code first');
clientAuthentication();
