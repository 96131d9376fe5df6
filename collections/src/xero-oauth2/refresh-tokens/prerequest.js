import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { endpoint } from '../../_shared/request/endpoint';
import { onlyFor } from '../../_shared/request/onlyFor';
import { required } from '../../_shared/request/required';

onlyFor(['web', 'pkce'], 'a custom connection has no refresh token, send Get access token');
endpoint('token_url');
required('refresh_token', 'send Consent link and Exchange code first');
clientAuthentication();
