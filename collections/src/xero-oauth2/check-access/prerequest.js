import { accessToken } from '../../_shared/tokens/accessToken';
import { endpoint } from '../../_shared/request/endpoint';
import { literal } from '../../_shared/request/literal';

endpoint('api_url');
accessToken();
if (!literal('tenant_id')) pm.request.removeHeader('xero-tenant-id', { ignoreCase: true });
