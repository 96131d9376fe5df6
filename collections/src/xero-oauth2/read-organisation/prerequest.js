import { endpoint } from '../../_shared/request/endpoint';
import { required } from '../../_shared/request/required';

endpoint('api_url');
required('tenant_id', 'send Find organisation first');
