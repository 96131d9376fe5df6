import { formatDuration } from '../../../text/duration';
import { shellQuoted } from '../../../text/shell';
import { changeOf, told } from '../identity/identity';
import type { Waiting } from '../receipts/waiting';
import type { LeaseFacts, ServerFacts, StoreFacts } from './facts';

/** How this machine reaches the server. */
export interface Way {
  readonly where: string;
  /** A folder stands for a socket file in it. */
  readonly host: string;
  readonly port: number;
  readonly sslmode: string;
}

/** Something about a database that a person should know. */
export interface StoreFinding {
  readonly code: string;
  /** Whether it would cost tokens, or lets nothing be refreshed. */
  readonly isGrave: boolean;
  readonly problem: string;
  readonly why: string;
  readonly mend: string;
}

const isGrave = true;

/** Judges what was found, the gravest first. */
export function findingsOf(facts: StoreFacts, way: Way, now: Date): readonly StoreFinding[] {
  const all = [
    ...ofServer(facts.server),
    ...ofWay(facts.server, way),
    ...ofTables(facts, way),
    ...ofIdentity(facts, way),
    ...ofThisMachine(facts, now),
    ...facts.leases.flatMap((lease) => ofLease(lease, now)),
  ];
  return [...all.filter((one) => one.isGrave), ...all.filter((one) => !one.isGrave)];
}

const oldestVersion = 130_000;
const largestClockMs = 60_000;

function ofServer({
  settings,
  version,
  isReplica,
  aheadMs,
  replicas,
  user,
  quotedUser,
  isSuperuser,
}: ServerFacts): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    version < oldestVersion && {
      code: 'old_server',
      isGrave,
      problem: `the server is PostgreSQL ${Math.floor(version / 10_000)}`,
      why: 'its tables need 13 or later',
      mend: 'upgrade the server',
    },
    settings['fsync'] === 'off' && {
      code: 'fsync_off',
      isGrave,
      problem: 'fsync is off',
      why: 'a power cut takes back tokens that were saved, and may spoil the whole database',
      mend: 'in postgresql.conf: fsync = on',
    },
    settings['full_page_writes'] === 'off' && {
      code: 'full_page_writes_off',
      isGrave,
      problem: 'full_page_writes is off',
      why: 'a power cut may leave half a page of tokens, which nothing can read',
      mend: 'in postgresql.conf: full_page_writes = on',
    },
    isReplica && {
      code: 'replica',
      isGrave,
      problem: 'the server is a replica',
      why: 'it takes no writes: nothing can be claimed there, and nothing is spent',
      mend: 'name the primary, or an address that follows it',
    },
    settings['default_transaction_read_only'] === 'on' && {
      code: 'read_only',
      isGrave,
      problem: `default_transaction_read_only is on for ${user}`,
      why: 'nothing can be claimed or saved',
      mend: `alter role ${quotedUser} reset default_transaction_read_only`,
    },
    settings['synchronous_commit'] === 'off' && {
      code: 'asynchronous_commit',
      isGrave: false,
      problem: `synchronous_commit is off for ${user}`,
      why: 'a crash takes back what was committed last; statements that save tokens set it on for themselves',
      mend: `alter role ${quotedUser} set synchronous_commit = on`,
    },
    replicas > 0 &&
      settings['synchronous_standby_names'] === '' && {
        code: 'asynchronous_replica',
        isGrave: false,
        problem: 'the replicas follow asynchronously',
        why: 'a failover loses the last commits; the machines put them back from their receipts, kept for a day',
        mend: 'keep the state folder of each machine on a disk that outlives the process, or set synchronous_standby_names',
      },
    Math.abs(aheadMs) > largestClockMs && {
      code: 'clock',
      isGrave: false,
      problem: `this machine's clock is ${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the server's`,
      why: "when a token ends is told by this machine's clock: it is refreshed too early, or too late",
      mend: 'let both machines get the time from the same source',
    },
    isSuperuser && {
      code: 'superuser',
      isGrave: false,
      problem: `${user} is a superuser`,
      why: 'a program that refreshes needs far less, and whoever has its password has the whole server',
      mend: 'give a login of its own the role evergrant_worker: npx evergrant store migrate --print',
    },
  ];
  return found.filter((one) => one !== false);
}

function ofWay({ serverPort, backends, isEncrypted }: ServerFacts, { host, port, sslmode }: Way): StoreFinding[] {
  const isHere = host.startsWith('/') || /^(localhost|127\..*|::1)$/.test(host);
  const isOtherPort = serverPort !== null && serverPort !== port;
  const found: (StoreFinding | false)[] = [
    !isHere &&
      sslmode !== 'verify-full' && {
        code: 'unverified_tls',
        isGrave,
        problem: `${isEncrypted ? 'TLS is used, but' : 'no TLS is used, and'} nobody verifies that the server is ${host}`,
        why: 'whoever stands in between can read every token',
        mend: "add ?sslmode=verify-full to the store's URL, with sslrootcert where the certificate is your own",
      },
    (backends > 1 || isOtherPort) && {
      code: 'pooler',
      isGrave: false,
      problem:
        backends > 1
          ? 'a pooler stands in between, for certain: one connection was answered by several processes'
          : `a pooler or a forwarded port stands in between, probably: the server listens on ${String(serverPort)}, not on ${port}`,
      why: 'nothing here needs a session, so it costs nothing; a pooler that follows the primary helps at a failover',
      mend: 'nothing to do',
    },
  ];
  return found.filter((one) => one !== false);
}

function ofTables({ migrations, missingRights, server }: StoreFacts, { where }: Way): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    migrations.isNewer && {
      code: 'newer_store',
      isGrave,
      problem: `${where} was migrated by a newer version`,
      why: 'this one would not understand it, and refuses it',
      mend: 'update this program',
    },
    migrations.missing.length > 0 && {
      code: 'not_migrated',
      isGrave,
      problem: `${where} lacks ${migrations.missing.map(({ number, title }) => `${number} ${title}`).join(', ')}`,
      why: 'this version refuses it until then',
      mend: 'while no old version runs any more: npx evergrant store migrate',
    },
    isReader(missingRights) && {
      code: 'reader',
      isGrave: false,
      problem: `${server.user} may look, and do nothing else`,
      why: 'status, list, find, log and the metrics work; no token or secret can be read',
      mend: `nothing to do; for a machine that refreshes: grant evergrant_worker to ${server.quotedUser}`,
    },
    missingRights.length > 0 &&
      !isReader(missingRights) && {
        code: 'missing_rights',
        isGrave,
        problem: `${server.user} may not ${missingRights.join(', ')}`,
        why: 'a refresh would stop in the middle, or not begin',
        mend: grantFor(server),
      },
  ];
  return found.filter((one) => one !== false);
}

/** The role belongs to all databases of a server, and its rights to each. */
function grantFor({ isWorker, quotedUser }: ServerFacts): string {
  if (isWorker === false) return `grant evergrant_worker to ${quotedUser}`;
  const what = isWorker === null ? 'make the role evergrant_worker' : "give evergrant_worker this database's rights";
  return `${what}, as who owns its tables: npx evergrant store migrate --print | psql -v ON_ERROR_STOP=1 DATABASE`;
}

/** Whether somebody has what `evergrant_reader` has: the connections without their tokens. */
function isReader(missingRights: readonly string[]): boolean {
  const lacks = (right: string): boolean => missingRights.includes(right);
  return !lacks('select on connection') && lacks('update on connection') && lacks('select on token_set');
}

function ofIdentity({ identity }: StoreFacts, { where }: Way): StoreFinding[] {
  if (identity === undefined) return [];
  const { now, bound } = identity;
  const found: (StoreFinding | false)[] = [
    changeOf(identity) === 'other' && {
      code: 'other_database',
      isGrave,
      problem: `${where} is a restored backup or a copy: it was ${told(bound?.databaseName)} on the server ${told(bound?.systemIdentifier)}`,
      why: "every claim stops, because a copy that refreshed would end production's tokens",
      mend: 'production from now on: npx evergrant store check --restored; for tests: npx evergrant store check --copy',
    },
    changeOf(identity) === 'failover' && {
      code: 'failover',
      isGrave: false,
      problem: `${where} has failed over: its timeline was ${told(bound?.timeline)} and is ${told(now.timeline)}`,
      why: 'the last commits may be lost',
      mend: 'each machine puts back what it has receipts of, when it next refreshes: npx evergrant refresh --all',
    },
    now.systemIdentifier === null && {
      code: 'unknown_server',
      isGrave: false,
      problem: "this user may not ask for the server's identifier and timeline",
      why: 'a copy of the database under the same name would not be known for one',
      mend: 'grant execute on function pg_control_system() to evergrant_worker',
    },
  ];
  return found.filter((one) => one !== false);
}

function ofThisMachine({ unconfirmed, noReceipts }: StoreFacts, now: Date): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    noReceipts !== undefined && {
      code: noReceipts.code,
      isGrave,
      problem: noReceipts.message,
      why: 'without room for a receipt no token is spent, so nothing is refreshed on this machine',
      mend: noReceipts.hint,
    },
    ...unconfirmed.map((one) => ofWaiting(one, now)),
  ];
  return found.filter((one) => one !== false);
}

function ofWaiting({ receipt, environment }: Waiting, now: Date): StoreFinding {
  const age = formatDuration(Math.max(0, now.getTime() - new Date(receipt.at).getTime()));
  const name = environment ?? receipt.name.replace(/#.*/, '');
  const problem = `an answer for ${name} is on this machine, for ${age}, and not in the database`;
  return environment === undefined
    ? {
        code: 'unconfirmed_receipt',
        isGrave: false,
        problem: `${problem}, where its connection is not there any more`,
        why: 'it holds tokens of a connection that was removed, or made anew under its name',
        mend: `remove it, if nobody misses that connection: rm ${shellQuoted(receipt.file)}`,
      }
    : {
        code: 'unconfirmed_receipt',
        isGrave: false,
        problem,
        why: 'it holds the newest tokens, if nobody has refreshed since',
        mend: `put it there: npx evergrant refresh ${environment}`,
      };
}

/** A refresh takes seconds; one that is told to be patient, minutes. */
const longLeaseMs = 10 * 60_000;

/** An import is one file's, and takes much less. */
const longImportMs = 60_000;

function ofLease({ environment, host, process, since }: LeaseFacts, now: Date): StoreFinding[] {
  const age = now.getTime() - since.getTime();
  const isImport = process === 'import';
  if (age < longLeaseMs && !isImport) return [];
  return [
    {
      code: isImport ? 'arriving' : 'long_lease',
      isGrave: isImport && age > longImportMs,
      problem: `${environment} is ${isImport ? 'being imported' : `held by process ${process}`} on ${host}, for ${formatDuration(Math.max(0, age))}`,
      why: isImport ? 'nothing refreshes it here until that is finished' : 'nobody else refreshes it meanwhile',
      mend: isImport
        ? `if it was cut off, again there: npx evergrant store import DIR; if its file is lost: npx evergrant store import --lost ${environment}`
        : `look whether it still runs on ${host}`,
    },
  ];
}
