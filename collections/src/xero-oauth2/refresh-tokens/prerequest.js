import { clientAuthentication } from '../../_shared/clientAuthentication';
import { endpoint } from '../../_shared/endpoint';
import { onlyFor } from '../../_shared/onlyFor';
import { required } from '../../_shared/required';

onlyFor(['web', 'pkce'], 'a custom connection has no refresh token, send Get access token');
endpoint('token_url');
required('refresh_token', 'send Consent link and Exchange code first');
clientAuthentication();
