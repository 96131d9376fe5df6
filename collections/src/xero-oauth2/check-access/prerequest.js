import { accessToken } from '../../_shared/accessToken';
import { endpoint } from '../../_shared/endpoint';
import { literal } from '../../_shared/literal';

endpoint('api_url');
accessToken();
if (!literal('tenant_id')) pm.request.removeHeader('xero-tenant-id', { ignoreCase: true });
