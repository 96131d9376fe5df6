import { clientSecret } from '../link/clientSecret';
import { required } from './required';
import { setting } from './setting';

/** Authenticates the app: by HTTP Basic if it has a secret, otherwise by client_id in the body (RFC 6749 §2.3.1, §3.2.1). */
export function clientAuthentication() {
  const clientId = required('client_id', "copy it from the app's Configuration page at developer.xero.com");
  if (setting('app_type') === 'pkce') {
    pm.request.body?.urlencoded?.add({ key: 'client_id', value: clientId });
    return clientId;
  }
  const secret = clientSecret();
  const value = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  pm.request.headers.upsert({ key: 'Authorization', value });
  return clientId && secret;
}
