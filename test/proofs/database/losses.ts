import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as SettleModule from '../../../scripts/environment/database/check/settle';
import type * as DatabaseModule from '../../../scripts/environment/database/database';
import type * as StoreModule from '../../../scripts/environment/database/database-store';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import { startPostgres, type PostgresServer } from '../../support/postgres';
import { built } from '../support/built';
import { diceFrom } from '../support/dice';
import { fill } from './chaos';
import { refreshOnce, shortTimes, storeOf, type Machine } from './machine';
import { startProvider, type Opinion, type Provider } from './provider';

const { openDatabase } = built<typeof DatabaseModule>('environment/database/database');
const { receiptsOf } = built<typeof StoreModule>('environment/database/database-store');
const { settleCopy, settleRestored } = built<typeof SettleModule>('environment/database/check/settle');

/** Ways in which a database loses what it had confirmed. */
export const losses = ['failover', 'older files', 'older dump'] as const;
export type Loss = (typeof losses)[number];

export interface LossResult {
  /** Connections that need a consent afterwards. */
  readonly lost: readonly string[];
  /** What the machines told people. */
  readonly said: readonly string[];
  /** Those whose refresh was refused until somebody said what the database is. */
  readonly stopped: number;
  /** The tokens that were redeemed in that time. */
  readonly redeemedMeanwhile: number;
}

/**
 * Two machines refresh connections; the database then loses their last two refreshes, and Xero's grace period is over.
 * Afterwards every connection must still be refreshed without anybody's consent.
 */
export async function lose(loss: Loss, opinion: Opinion, connections: number): Promise<LossResult> {
  const place = await beginWith(opinion, connections);
  const { primary, provider, names, url, root } = place;
  await refreshAll(machinesOf(root, url), names);
  const other = loss === 'older dump' ? undefined : await primary.copy(loss === 'failover' ? 'replica' : 'backup');
  const dump = primary.dump(url);
  if (loss === 'failover') other?.lag();
  const said: string[] = [];
  await refreshAll(machinesOf(root, url), names);
  await refreshAll(machinesOf(root, url), names);
  provider.endGrace();
  await primary.stop();
  if (loss === 'failover') other?.promote();
  const restored = other ?? (await startPostgres());
  const now = other?.at(url) ?? restored.database();
  if (other === undefined) load(restored, now, dump, root);
  const machines = machinesOf(root, now);
  const before = provider.redemptions();
  const stopped = loss === 'older dump' ? await refusedBy(machines, names) : 0;
  const redeemedMeanwhile = provider.redemptions() - before;
  if (loss === 'older dump') await settle(machines[0]);
  const stores = machines.map((machine) => storeOf(machine, (line) => said.push(line)));
  for (const store of stores) await touch(store, names[0] ?? '');
  const lost = await lostAmong(stores, names);
  await endWith(place, restored);
  return { lost, said, stopped, redeemedMeanwhile };
}

/** Production goes on beside a copy of its database, which is emptied. */
export async function copyForTests(connections: number): Promise<{
  readonly lost: readonly string[];
  readonly stopped: number;
  readonly redeemedByCopy: number;
  readonly tokensInCopy: string;
}> {
  const place = await beginWith('newest', connections);
  const { primary, provider, names, url, root } = place;
  await refreshAll(machinesOf(root, url), names);
  const staging = await startPostgres();
  const copyUrl = staging.database();
  load(staging, copyUrl, primary.dump(url), root);
  const before = provider.redemptions();
  const machines = machinesOf(path.join(root, 'staging'), copyUrl);
  const stopped = await refusedBy(machines, names);
  const database = openDatabase(copyUrl, 'staging', 1);
  await settleCopy(database);
  await database.close();
  await lostAmong(
    machines.map((machine) => storeOf(machine)),
    names,
  );
  const tokensInCopy = staging.sql(
    copyUrl,
    `select coalesce(string_agg(access_token || refresh_token, ''), '') || (select count(*) from evergrant.document where secrets <> '{}')
    from evergrant.token_set`,
  );
  const redeemedByCopy = provider.redemptions() - before;
  provider.endGrace();
  const stores = machinesOf(root, url).map((machine) => storeOf(machine));
  const lost = await lostAmong(stores, names);
  await endWith(place, staging);
  return { lost, stopped, redeemedByCopy, tokensInCopy: tokensInCopy.trim() };
}

interface Place {
  readonly primary: PostgresServer;
  readonly provider: Provider;
  readonly names: readonly string[];
  readonly url: string;
  readonly root: string;
}

async function beginWith(opinion: Opinion, connections: number): Promise<Place> {
  const primary = await startPostgres({ fsync: 'off', wal_level: 'replica', max_wal_senders: '4' });
  const provider = await startProvider(opinion, diceFrom(1).roll);
  const url = primary.database();
  const names = Array.from({ length: connections }, (_, number) => `c${number}`);
  await fill(url, names, provider);
  return { primary, provider, names, url, root: fs.mkdtempSync('/tmp/evergrant-losses-') };
}

async function endWith({ primary, provider, root }: Place, other: PostgresServer): Promise<void> {
  await provider.close();
  await primary.remove();
  await other.remove();
  fs.rmSync(root, { recursive: true });
}

function machinesOf(root: string, url: string): Machine[] {
  return ['one', 'two'].map((machine) => ({ url, stateFolder: path.join(root, machine) }));
}

/** Each machine refreshes half of them, the other half in the next round. */
async function refreshAll(machines: readonly Machine[], names: readonly string[]): Promise<void> {
  round += 1;
  const stores = machines.map((machine) => storeOf(machine));
  await Promise.all(
    stores.map(async (store, at) => {
      const share = names.filter((_, number) => (number + round) % stores.length === at);
      await inLanes(share, async (name) => {
        const outcome = await refreshSoon(store, name);
        if (outcome !== 'refreshed') throw new Error(`${name} was not refreshed: ${outcome}`);
      });
    }),
  );
}

const lanes = 8;

async function inLanes(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = [...names];
  const lane = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await work(name);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

let round = 0;

/** The number of those whose refresh is refused as `invalid`. */
async function refusedBy(machines: readonly Machine[], names: readonly string[]): Promise<number> {
  const store = storeOf(machines[0] ?? { url: '', stateFolder: '' });
  const outcomes = await Promise.all(names.map((name) => refreshOnce(store, name)));
  return outcomes.filter((outcome) => outcome === 'invalid').length;
}

/** What `store check --restored` does on one machine. */
async function settle(machine: Machine | undefined): Promise<void> {
  if (machine === undefined) return;
  const database = openDatabase(machine.url, 'restored', 1);
  await settleRestored(database, await receiptsOf(database, machine.stateFolder));
  await database.close();
}

/** A process claims something for the first time. */
async function touch(store: EnvironmentStore, name: string): Promise<void> {
  await (await store.environment(name).lock(1000)).release();
}

async function lostAmong(stores: readonly EnvironmentStore[], names: readonly string[]): Promise<string[]> {
  const lost: string[] = [];
  await inLanes(names, async (name) => {
    for (const store of stores) {
      const outcome = await refreshSoon(store, name);
      if (outcome !== 'refreshed') lost.push(`${name} (${outcome})`);
    }
  });
  return lost;
}

/** As the next runs would: a younger token set is taken up first, and a request that took too long is made again. */
async function refreshSoon(store: EnvironmentStore, name: string): Promise<string> {
  const giveUpAt = performance.now() + 5 * shortTimes.leaseMs;
  for (;;) {
    const outcome = await refreshOnce(store, name);
    if (!passing.has(outcome) || performance.now() > giveUpAt) return outcome;
    await sleep(100);
  }
}

/** What another attempt may change; a lease that could not be ended is over by itself. */
const passing = new Set(['adopted', 'busy', 'temporary_failure']);

function load(server: PostgresServer, url: string, dump: string, root: string): void {
  const file = path.join(root, 'dump.sql');
  fs.writeFileSync(file, dump);
  fs.chmodSync(root, 0o755); // the server's own user reads it
  server.sql(url, `\\i ${file}`);
}
