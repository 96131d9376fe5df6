import { endpoint } from '../../_shared/request/endpoint';

endpoint('connections_url');
