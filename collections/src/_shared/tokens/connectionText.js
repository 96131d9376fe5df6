import { setting } from '../request/setting';

/** The connection of this environment as a Postman environment of one line, with the values that are filled in. */
export function connectionText() {
  const secrets = ['client_secret', 'access_token', 'refresh_token'];
  const keys = [
    ...['app_type', 'authorize_url', 'token_url', 'revocation_url', 'connections_url', 'api_url'],
    ...['client_id', 'client_secret', 'redirect_uri', 'scopes'],
    ...['access_token', 'access_token_expires_at', 'refresh_token', 'refresh_token_expires_at'],
    ...[
      'tenant_id',
      'tenant_name',
      'authorised_user_id',
      'connected_at',
      'expected_tenant',
      'generation',
      'grant_status',
    ],
  ];
  const values = keys
    .map((key) => ({ key, value: setting(key), type: secrets.includes(key) ? 'secret' : 'default', enabled: true }))
    .filter(({ value }) => value);
  return JSON.stringify({ name: pm.environment.name, values });
}
