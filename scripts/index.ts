import path from 'node:path';
import { environmentNamed, storeUrlOf, systemContext } from './context';
import { valueOf } from './environment/environment';
import { grantOf } from './environment/grant';
import { environmentsFolderHere } from './environment/files/user-folders';
import { Failure } from './errors';
import { withAccess } from './fleet/valid-access';
import { ownerOf } from './owner/owners';
import { packageFolder } from './package-folder';
import { restated } from './terminal/console';
import { parseDuration } from './text/duration';

export { Failure };

export interface AccessTokenOptions {
  /**
   * The folder of the environment files. Default: `EVERGRANT_ENVIRONMENTS`, or else `environments` in the working folder,
   * or else the data folder: `/var/lib/evergrant`, or `evergrant` in `XDG_DATA_HOME`.
   */
  readonly environments?: string;
  /**
   * The URL of a PostgreSQL database with the environments, as in `postgres://host/name`. Default: `EVERGRANT_STORE`, from the
   * process or `.env`; where that is not set, they are files.
   */
  readonly store?: string;
  /** Refresh first when the token has less time left than this. Default: `5m`. */
  readonly minValidity?: string;
  /** How long to keep retrying when the server does not answer. Default: `60s`. */
  readonly patience?: string;
  /** How long to wait for another process that refreshes this environment. Default: `30s`. */
  readonly wait?: string;
}

export interface AccessToken {
  /** For the `Authorization: Bearer` header. A secret. */
  readonly accessToken: string;
  /** For the `xero-tenant-id` header; '' when the organisation is not known yet. */
  readonly tenantId: string;
  readonly expiresAt: Date | null;
}

const underWay = new Map<string, Promise<AccessToken>>();

/**
 * A valid access token of an environment, which is given by its name or its file. It is the one in the file, or a new
 * one from the same transaction that every command uses: one refresh at a time on this machine. Simultaneous calls
 * share the answer. Call it before every request: while the token is valid, a call costs one read of the file.
 * @throws Failure whose `code`, `message` and `hint` say what happened and what to do; `kind` is `consent_needed` when
 * a person must give a new consent at Xero
 */
export function accessToken(name: string, options: AccessTokenOptions = {}): Promise<AccessToken> {
  const key = JSON.stringify([name, options]);
  const asked = underWay.get(key) ?? ask(name, options).finally(() => underWay.delete(key));
  underWay.set(key, asked);
  return asked;
}

async function ask(name: string, options: AccessTokenOptions): Promise<AccessToken> {
  const folder = options.environments ?? (process.env['EVERGRANT_ENVIRONMENTS'] || environmentsFolderHere());
  try {
    return await askIn(path.resolve(folder), name, options);
  } catch (error) {
    throw error instanceof Failure ? withCommands(error, folder, options) : error;
  }
}

/** The failure with its commands as a shell takes them: the program is where this library is. */
function withCommands(
  { kind, code, message, hint, cause }: Failure,
  folder: string,
  given: AccessTokenOptions,
): Failure {
  const { invocationHere } = require('./terminal/invocation') as typeof import('./terminal/invocation');
  const source = given.environments === undefined ? 'variable' : 'flag';
  const words = invocationHere({ environments: { folder, source }, store: shownStore(given) }, launcher);
  return new Failure(kind, code, restated(message, words), restated(hint, words), { cause });
}

function shownStore({ store }: AccessTokenOptions): string | undefined {
  const { withoutPassword } =
    require('./environment/harmless-variables') as typeof import('./environment/harmless-variables');
  return store === undefined || store === '' ? undefined : withoutPassword(store);
}

const launcher = path.join(packageFolder, 'scripts/package/evergrant.js');

async function askIn(folder: string, name: string, options: AccessTokenOptions): Promise<AccessToken> {
  const { minValidity = '5m', patience = '60s', wait = '30s' } = options;
  const context = systemContext({ folder, store: options.store });
  const stored = environmentNamed(context, name);
  if (storeUrlOf(context) === '') refuseAsRoot(stored.where);
  const environment = await withAccess(
    stored,
    { minValidityMs: parseDuration(minValidity), patienceMs: parseDuration(patience), waitMs: parseDuration(wait) },
    context,
  );
  return {
    accessToken: valueOf(environment, 'access_token'),
    tenantId: valueOf(environment, 'tenant_id'),
    expiresAt: grantOf(environment, context.now()).accessTokenExpiresAt,
  };
}

/** Unlike `cli.ts`, a library can't start itself as the folder's owner, who could not read files made by root. */
function refuseAsRoot(file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid } = ownerOf(file);
  if (uid === 0) return;
  const message = `${file} is in another user's folder (uid ${uid}), where root must leave nothing`;
  throw new Failure('invalid', 'run_as_owner', message, `run this program as that user: sudo -u '#${uid}' …`);
}
