import { valueOf, type Environment } from '../../environment/environment';
import { grantOf } from '../../environment/grant';
import { grantedScopes } from '../../environment/granted';
import { heldName, heldTenantId } from '../../environment/tenant';
import { timesOf } from '../../environment/token-times';
import { isToken } from '../../environment/tokens';
import { jsonOf } from '../../text/json';
import { shellQuoted } from '../../text/shell';

export const tokenFormats = ['json', 'raw', 'env'] as const;
export type TokenFormat = (typeof tokenFormats)[number];

/** What a file is told of an environment: its access token and whose it is, and nothing that could get another one. */
export interface FileToken {
  readonly environment: string;
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** The token's own; null where it can't be read. */
  readonly scopes: readonly string[] | null;
  readonly tenantId: string | null;
  readonly tenantName: string;
}

/** The access token that an environment has now; undefined when it has none that is good, or its connection is over. */
export function fileTokenOf(environment: Environment, now: Date): FileToken | undefined {
  const { state, accessTokenExpiresAt: expiresAt } = grantOf(environment, now);
  const accessToken = valueOf(environment, 'access_token');
  const isLive = ['connected', 'interrupted'].includes(state) && isToken(accessToken);
  if (!isLive || expiresAt === null || expiresAt <= now) return undefined;
  const scopes = grantedScopes(environment);
  const tenant = { tenantId: heldTenantId(environment), tenantName: heldName(environment) };
  return {
    environment: environment.name,
    accessToken,
    expiresAt,
    scopes,
    ...tenant,
  };
}

/**
 * A file's text: as the token endpoint answers (RFC 6749 §5.1), with `expires_at` in place of `expires_in`; the token alone,
 * with no line break; or lines for a shell, systemd's `EnvironmentFile` and Docker's `--env-file`.
 */
export function formatToken(token: FileToken, format: TokenFormat): string {
  if (format === 'raw') return token.accessToken;
  const expiresAt = token.expiresAt.toISOString();
  if (format === 'env') {
    const lines = {
      XERO_ACCESS_TOKEN: token.accessToken,
      XERO_TENANT_ID: token.tenantId ?? '',
      XERO_ACCESS_TOKEN_EXPIRES_AT: expiresAt,
    };
    return Object.entries(lines)
      .map(([name, value]) => `${name}=${value === '' ? '' : shellQuoted(value)}\n`)
      .join('');
  }
  const answer = {
    access_token: token.accessToken,
    token_type: 'Bearer',
    expires_at: expiresAt,
    ...(token.scopes === null ? {} : { scope: token.scopes.join(' ') }),
    tenant_id: token.tenantId,
    tenant_name: token.tenantName || null,
    environment: token.environment,
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

/** When the token in such a file expires; undefined for a text that {@link formatToken} has not written. */
export function expiryIn(text: string, format: TokenFormat): Date | undefined {
  if (format === 'raw') return isToken(text) ? timesOf(text).expiresAt : undefined;
  if (format === 'env') {
    const [, at] = /^XERO_ACCESS_TOKEN=.+\nXERO_TENANT_ID=.*\nXERO_ACCESS_TOKEN_EXPIRES_AT=(.+)\n$/.exec(text) ?? [];
    return instantOf(at);
  }
  const json = jsonOf(text);
  const isOurs = typeof json === 'object' && json !== null && 'access_token' in json && 'environment' in json;
  return isOurs && 'expires_at' in json ? instantOf(json.expires_at) : undefined;
}

function instantOf(text: unknown): Date | undefined {
  const at = new Date(typeof text === 'string' ? text : '');
  return Number.isNaN(at.getTime()) ? undefined : at;
}
