import { changeOf, told } from '../identity/identity';
import type { ServerFacts, StoreFacts } from './facts';
import type { StoreFinding, Way } from './finding';
import { ofServer, ofWay } from './server-findings';
import { ofLease, ofThisMachine } from './waiting-findings';

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

function ofTables({ migrations, missingRights, server }: StoreFacts, { where }: Way): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    migrations.isNewer && {
      code: 'newer_store',
      isGrave: true,
      problem: `${where} was migrated by a newer version`,
      why: 'this one would not understand it, and refuses it',
      mend: 'update this program',
    },
    migrations.missing.length > 0 && {
      code: 'not_migrated',
      isGrave: true,
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
        isGrave: true,
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
      isGrave: true,
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
