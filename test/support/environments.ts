import { type Environment } from '../../scripts/environment/environment';
import { parseEnvironment } from '../../scripts/environment/parse';
import { settingsOf, type EnvVariables, type Settings } from '../../scripts/environment/settings';

export type Rows = Readonly<Record<string, string>>;

/** An environment with these rows, as Postman would have exported it. */
export function environmentOf(rows: Rows, name = 'acme', innerName = name): Environment {
  const values = Object.entries(rows).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  return parseEnvironment(JSON.stringify({ name: innerName, values }), name, `${name}.json`);
}

/** An access token as Xero's are: a JWT with these claims, signed by nobody. */
export function jwt(claims: object): string {
  const [header, payload] = [{ alg: 'RS256' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${header}.${payload}.signature`;
}

/** What an environment holds, by key. */
export function rowsOf({ variables }: Environment): Record<string, string> {
  return Object.fromEntries(variables.map(({ key, value }) => [key, String(value)]));
}

export const webApp: Rows = {
  app_type: 'web',
  authorize_url: 'https://login.example/identity/connect/authorize',
  token_url: 'https://login.example/connect/token',
  client_id: 'the-client',
  client_secret: 'the-client-secret',
  redirect_uri: 'https://app.example/callback',
  scopes: 'offline_access accounting.transactions',
};

export const pkceApp: Rows = { ...webApp, app_type: 'pkce', client_secret: '' };

export function settingsFor(rows: Rows, env: EnvVariables = {}): Settings {
  return settingsOf(environmentOf(rows), env, 'acme.json');
}
