import path from 'node:path';
import { homeOf, systemContext } from './context';
import { valueOf } from './environment/environment';
import { grantOf } from './environment/grant';
import { Failure } from './errors';
import { ownerOf } from './owner/owners';
import { withAccess } from './refresh/valid-access';
import { parseDuration } from './text/duration';

export { Failure };

export interface AccessTokenOptions {
  /** Where the environment files are: `EVERGRANT_ENVIRONMENTS`, else `environments`. */
  readonly environments?: string;
  /** Refresh first when the token has less left, as in `5m`, which is what it is without. */
  readonly minValidity?: string;
  /** How long to go on asking a server that does not answer; `60s` without. */
  readonly patience?: string;
  /** How long to wait for another process that refreshes; `30s` without. */
  readonly wait?: string;
}

export interface AccessToken {
  /** For the `Authorization: Bearer` header. A secret. */
  readonly accessToken: string;
  /** For the `xero-tenant-id` header; '' where the organisation is not known yet. */
  readonly tenantId: string;
  readonly expiresAt: Date | null;
}

const underWay = new Map<string, Promise<AccessToken>>();

/**
 * A valid access token of an environment, by its name or its file: the one in the file, or a new one by the same
 * transaction as every command's, one refresh at a time on this machine. Calls at the same time share one. Cheap enough to
 * ask before every request: a token that is still good costs one read of the file.
 * @throws Failure whose `code`, `message` and `hint` say what happened and what to do; `kind` is `consent_needed` when
 * only a person at Xero can go on
 */
export function accessToken(name: string, options: AccessTokenOptions = {}): Promise<AccessToken> {
  const key = JSON.stringify([name, options]);
  const asked = underWay.get(key) ?? ask(name, options).finally(() => underWay.delete(key));
  underWay.set(key, asked);
  return asked;
}

async function ask(name: string, options: AccessTokenOptions): Promise<AccessToken> {
  const { minValidity = '5m', patience = '60s', wait = '30s' } = options;
  const folder = options.environments ?? process.env['EVERGRANT_ENVIRONMENTS'] ?? 'environments';
  const context = systemContext({ folder: path.resolve(folder) });
  const home = homeOf(context, name);
  refuseAsRoot(home.where);
  const environment = await withAccess(
    home,
    { minValidityMs: parseDuration(minValidity), patienceMs: parseDuration(patience), waitMs: parseDuration(wait) },
    context,
  );
  return {
    accessToken: valueOf(environment, 'access_token'),
    tenantId: valueOf(environment, 'tenant_id'),
    expiresAt: grantOf(environment, context.now()).accessTokenExpiresAt,
  };
}

/** The program becomes a folder's owner; a library can't, and root's files would shut that user out. */
function refuseAsRoot(file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid } = ownerOf(file);
  if (uid === 0) return;
  const message = `${file} is in another user's folder (uid ${uid}), where root must leave nothing`;
  throw new Failure('invalid', 'run_as_owner', message, `run this program as that user: sudo -u '#${uid}' …`);
}
