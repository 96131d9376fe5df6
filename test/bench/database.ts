import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDatabase, type Database } from '../../scripts/environment/database/database';
import { databaseStore } from '../../scripts/environment/database/database-store';
import { putConnection } from '../../scripts/environment/database/documents';
import { migrate } from '../../scripts/environment/database/migrate';
import { saveTokenSet } from '../../scripts/environment/database/token-sets';
import build from '../support/build';
import { makeMachine } from '../support/machines';
import { startPostgres, type PostgresServer } from '../support/postgres';
import { environmentText } from '../support/servers/xero-server';
import { measureAgainstFiles } from './against-files';
import { atMost, cli, times } from './fleet';
import { measureStatus } from './many';
import { measure, median } from './measure';
import { tableOf, type Row } from './table';

export interface DatabaseSizes {
  readonly connections: number;
  /** The best of so many runs counts: the machine has other work. */
  readonly runs: number;
  /** How often one process is started on each side. */
  readonly rounds: number;
  /** How many due environments are refreshed with Newman, from files and from the database. */
  readonly fleet: number;
  /** Of how many connections the status is shown. */
  readonly many: number;
}

/** What the store in a database costs, with its server on the same machine. */
export async function measureDatabase({ connections, runs, rounds, fleet, many }: DatabaseSizes): Promise<Row[]> {
  const server = await startPostgres({});
  try {
    const best = async (cycles: typeof statementsASecond): Promise<number> => {
      const found: number[] = [];
      for (let run = 0; run < runs; run++) found.push(await cycles(server, connections));
      return Math.round(Math.max(...found));
    };
    const [statements, whole] = [await best(statementsASecond), await best(cyclesASecond)];
    return [
      {
        what: `refreshes a second, what the database does: claims in batches, mark, save (best of ${runs})`,
        measured: String(statements),
        limit: 'at least 1000',
        isMet: statements >= 1000,
      },
      {
        what: `refreshes a second, all of the store: claim, read, mark, synced receipt, save, release (best of ${runs})`,
        measured: String(whole),
        limit: '',
        isMet: true,
      },
      atMost('one environment in a database, not due, against `node -e 0`', await starts(server, rounds), 3.5, times),
      ...(await measureAgainstFiles(server, { fleet, rounds: Math.ceil(rounds / 2) })),
      ...(await measureStatus(server, many)),
    ];
  } finally {
    await server.remove();
  }
}

const lanes = 16;

/** Due connections in a new database, and what reaches it. */
async function filled(server: PostgresServer, connections: number): Promise<{ database: Database; names: string[] }> {
  const database = openDatabase(server.database(), 'bench');
  await migrate(database);
  const names = Array.from({ length: connections }, (_, number) => `c${number}`);
  const rows = { app_type: 'pkce', access_token: 'a', refresh_token: 'r', generation: '1', grant_status: 'connected' };
  for (const name of names) await putConnection(database, name, environmentText(name, rows));
  return { database, names };
}

/** As many lanes as a fleet has take tasks until there is none; returns how many tasks a second. */
async function rateOf<Task>(
  tasks: () => Promise<readonly Task[]>,
  work: (task: Task) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  for (let some = await tasks(); some.length > 0; some = await tasks()) {
    const waiting = [...some];
    const lane = async (): Promise<void> => {
      for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) await work(task);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    done += some.length;
  }
  return done / ((performance.now() - startedAt) / 1000);
}

/** The statements of a run over all: claims of 200 at once, and for each a mark and a save. */
async function statementsASecond(server: PostgresServer, connections: number): Promise<number> {
  const { database } = await filled(server, connections);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-bench-'));
  const { fleet } = databaseStore(database, folder);
  const when = { profile: 'min_validity', ms: 900_000, mostEarlyMs: 0 } as const;
  const begun = await fleet?.begin(when);
  const rate = await rateOf(
    async () => (begun && (await fleet?.claim(when, begun.at, 200))) ?? [],
    async (name) => {
      await database.query('select evergrant.mark($1, $2, 1, $3)', [name, database.owner, 'bench']);
      const tokens = { access_token: `a-${name}`, refresh_token: `r-${name}`, grant_status: 'connected' };
      const expires = new Date(Date.now() + 1_800_000).toISOString();
      const changes = { ...tokens, generation: '2', refresh_started_at: '', access_token_expires_at: expires };
      await saveTokenSet(database, { name, spent: 1, changes });
    },
  );
  await database.close();
  fs.rmSync(folder, { recursive: true });
  return rate;
}

/** Everything that a refresh asks of the store, without the request; its receipts are synced. */
async function cyclesASecond(server: PostgresServer, connections: number): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-bench-'));
  const { database, names } = await filled(server, connections);
  const store = databaseStore(database, folder);
  const cycle = async (name: string): Promise<void> => {
    const locked = await store.environment(name).lock(0);
    await locked.prepareSave({ refresh_started_at: new Date().toISOString() });
    if (!(await locked.mayStillSend())) throw new Error('the lease is over');
    const tokens = { access_token: `a-${name}`, refresh_token: `r-${name}`, grant_status: 'connected' };
    locked.keep({ ...tokens, generation: '2', refresh_started_at: '' });
    await locked.settle();
    await locked.release();
  };
  const rate = await rateOf(async () => names.splice(0), cycle);
  await database.close();
  fs.rmSync(folder, { recursive: true });
  return rate;
}

async function starts(server: PostgresServer, rounds: number): Promise<number> {
  const url = server.database();
  const machine = makeMachine(url);
  await machine.run(['store', 'migrate']);
  const due = { app_type: 'pkce', client_id: 'c', access_token: 'a', refresh_token: 'r', grant_status: 'connected' };
  const until = new Date(Date.now() + 1_700_000).toISOString();
  const input = environmentText('acme', { ...due, access_token_expires_at: until, generation: '1' });
  await machine.run(['adopt', 'acme', '-'], { input });
  const place = { cwd: machine.folder, variables: { EVERGRANT_STORE: url, XDG_STATE_HOME: machine.stateFolder } };
  const seconds: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const { seconds: ours, code } = await measure([process.execPath, cli, 'refresh', 'acme'], place);
    if (code !== 0) throw new Error(`a refresh that has nothing to do ended with ${code}`);
    seconds.ours.push(ours);
    seconds.theirs.push((await measure([process.execPath, '-e', '0'], place)).seconds);
  }
  machine.remove();
  return median(seconds.ours) / median(seconds.theirs);
}

async function main(): Promise<void> {
  const removeAll = build();
  const rows = await measureDatabase({ connections: 1500, runs: 4, rounds: 15, fleet: 300, many: 100_000 });
  console.log(tableOf(rows));
  removeAll();
  process.exit(rows.every(({ isMet }) => isMet) ? 0 : 1);
}

if (require.main === module) void main();
