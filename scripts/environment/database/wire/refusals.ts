import { Failure, invalid, systemCode } from '../../../errors';
import { shellQuoted } from '../../../text/shell';
import { pg } from '../node-postgres';

/**
 * What passes by itself, by SQLSTATE or its class (PostgreSQL's manual, appendix A): connection, conflicts, resources, the
 * operator, the system; time limits of transactions; locks and objects in use.
 */
const passing = /^(08|40|53|57|58|25P0[34]|55P03|55006)/;

/** A statement of this program that makes no sense to the server, or breaks a rule of the tables. */
const ownFault = /^(21|23|42)/;

/** What an error of a statement means. The server's message is left out, as it may repeat a value. */
export function failureOf(error: unknown, where: string, database: string): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  if (isUntrusted(error)) return untrusted(where, error);
  if (/does not support SSL/.test(error.message)) return withoutTls(where, error);
  const state = stateOf(error);
  if (state === '') {
    const isWire = systemCode(error) !== undefined || /timeout|terminated|Connection/i.test(error.message);
    return isWire ? unreachable(`${where} does not answer (${systemCode(error) ?? 'no answer'})`, error) : error;
  }
  const refused = refusal(state, where, database);
  if (refused !== undefined) return invalid(refused.code, refused.problem, refused.hint, error);
  if (passing.test(state)) return unreachable(`${where} ${passingWords[state] ?? `does not answer (${state})`}`, error);
  if (ownFault.test(state)) return error;
  return invalid('store_fault', `${where} fails (${state})`, "look into the server's log, which says why", error);
}

const passingWords: Readonly<Record<string, string>> = {
  '55P03': 'waited too long for a lock (55P03, see lock_timeout)',
  '57014': 'stopped a statement that took too long (57014, see statement_timeout)',
};

interface Refusal {
  readonly code: string;
  readonly problem: string;
  readonly hint: string;
}

function refusal(state: string, where: string, database: string): Refusal | undefined {
  const refuses = `${where} refuses this user`;
  const own: Readonly<Record<string, Refusal>> = {
    '42P01': notMigrated(where),
    '3F000': notMigrated(where),
    '3D000': {
      code: 'no_database',
      problem: `there is no database ${where} (3D000)`,
      hint: `make it, as an administrator of the server: createdb ${shellQuoted(database)}`,
    },
    '28P01': {
      code: 'no_access',
      problem: `${refuses}'s password (28P01)`,
      hint: "set the right one; one with a # stands in quotes in .env: PGPASSWORD='…'",
    },
    '28000': {
      code: 'no_access',
      problem: `${refuses} (28000)`,
      hint: "see whether its role is there and may log in, and what the server's pg_hba.conf says of it",
    },
    '42501': {
      code: 'no_access',
      problem: `${refuses} (42501)`,
      hint: 'see which rights it lacks: npx evergrant store check',
    },
  };
  if (!state.startsWith('22')) return own[state];
  const hint = 'look for a character in it that no text may have, such as NUL';
  return { code: 'bad_value', problem: `${where} cannot keep a value (${state})`, hint };
}

function notMigrated(where: string): Refusal {
  const problem = `${where} has no tables of evergrant`;
  return { code: 'not_migrated', problem, hint: 'make them: npx evergrant store migrate' };
}

export function isReadOnly(error: unknown): boolean {
  return stateOf(error) === '25006';
}

/** A replica may be one for a moment, at a failover; a setting of the login or the database stays. */
export function readOnly(where: string, isReplica: boolean, cause: unknown): Failure {
  if (isReplica) return unreachable(`${where} does not answer (it is a replica, which takes no writes)`, cause);
  const problem = `${where} takes no writes from this user: default_transaction_read_only is on`;
  return invalid('read_only', problem, 'see whose setting it is: npx evergrant store check', cause);
}

/** Whether the server's certificate is not trusted: one of OpenSSL's reasons, or Node.js's own for another host's. */
function isUntrusted(error: Error): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(systemCode(error) ?? '');
}

function untrusted(where: string, cause: Error): Failure {
  const why = `the certificate of ${where} is not trusted (${systemCode(cause) ?? 'unknown'})`;
  const hint =
    "name its authority's certificate: sslrootcert=FILE in the URL, or PGSSLROOTCERT; then check this machine's clock";
  return new Failure('temporary_failure', 'untrusted_store', why, hint, { cause });
}

function withoutTls(where: string, cause: Error): Failure {
  const hint = 'let it use TLS; only for a server on this machine: sslmode=disable';
  return invalid('no_tls', `${where} does not speak TLS, which sslmode asks for`, hint, cause);
}

/** The SQLSTATE of an error of the server; '' for any other. */
export function stateOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

function unreachable(problem: string, cause: unknown): Failure {
  return new Failure('temporary_failure', 'store_unreachable', problem, 'run again', { cause });
}
