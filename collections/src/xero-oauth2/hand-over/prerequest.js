import { accessToken } from '../../_shared/tokens/accessToken';
import { endpoint } from '../../_shared/request/endpoint';
import { onlyFor } from '../../_shared/request/onlyFor';
import { required } from '../../_shared/request/required';

onlyFor(['web', 'pkce'], 'it has no tokens to hand over, the server needs its client_id and client_secret alone');
endpoint('connections_url');
required('refresh_token', 'there is nothing to hand over yet');
accessToken();
