import { environmentText } from './servers/xero-server';

export type AppType = 'web' | 'pkce' | 'custom_connection';

export interface CanaryChanges {
  readonly appType?: AppType;
  /** Rows that are blank. */
  readonly lacking?: readonly string[];
  readonly expiresAt?: Date;
}

export const canaryName = (number: number): string => `env-${String(number).padStart(5, '0')}`;

/** The text of an environment that is due; each of its values says whose it is, by its number. */
export function canaryEnvironment(url: string, number: number, changes: CanaryChanges = {}): string {
  const { appType = 'web', lacking = [], expiresAt = new Date(0) } = changes;
  const rows: Record<string, string> = {
    app_type: appType,
    token_url: `${url}/connect/token`,
    client_id: `client #${number}#`,
    client_secret: appType === 'pkce' ? '' : `secret #${number}#`,
    scopes: appType === 'custom_connection' ? `scope.#${number}#` : 'offline_access',
    access_token: `at-0-#${number}#`,
    refresh_token: appType === 'custom_connection' ? '' : `rt-0-#${number}#`,
    access_token_expires_at: expiresAt.toISOString(),
    refresh_token_expires_at: '2099-01-01T00:00:00.000Z',
    generation: '1',
    grant_status: 'connected',
    authorised_user_id: `user #${number}#`,
    my_reference: `{{refresh_token}} {{client_secret}} #${number}#`,
  };
  for (const key of lacking) rows[key] = '';
  return environmentText(canaryName(number), rows);
}
