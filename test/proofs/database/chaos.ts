import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { putConnection } from '../../../scripts/environment/database/documents';
import { openDatabase } from '../../../scripts/environment/database/database';
import { migrate } from '../../../scripts/environment/database/migrate';
import { startPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { diceFrom, type Dice } from '../support/dice';
import type { Findings } from '../support/proof';
import { refreshOnce, shortTimes, storeOf, type Machine } from './machine';
import { opinions, startProvider, type Opinion, type Provider } from './provider';

export interface ChaosOptions {
  readonly seed: number;
  /** How long each opinion of the provider is played. */
  readonly seconds: number;
  readonly connections: number;
}

/**
 * Two machines of two processes each refresh the same connections over one database, while processes are killed and
 * stopped for longer than a lease, sessions are ended, the server restarts, and answers of the provider are lost. After
 * it, every connection must still be refreshed without anybody's consent.
 */
export async function chaos({ seed, seconds, connections }: ChaosOptions): Promise<Findings> {
  const figures: Record<string, number> = {};
  const failures: string[] = [];
  for (const [index, opinion] of opinions.entries()) {
    const played = await play(opinion, seconds, connections, diceFrom(seed + index));
    for (const [what, count] of played.counts) figures[`${opinion}: ${what}`] = count;
    failures.push(...played.lost.map((name) => `${opinion}: ${name} needs a consent`));
  }
  return { figures: { ...figures, 'connections lost': failures.length }, failures };
}

interface Played {
  readonly counts: ReadonlyMap<string, number>;
  readonly lost: readonly string[];
}

async function play(opinion: Opinion, seconds: number, connections: number, dice: Dice): Promise<Played> {
  const [server, provider] = [await startPostgres(), await startProvider(opinion, dice.roll)];
  const url = server.database();
  const names = Array.from({ length: connections }, (_, number) => `c${number}`);
  await fill(url, names, provider);
  const root = fs.mkdtempSync('/tmp/evergrant-chaos-');
  const machines = ['one', 'two'].map((machine): Machine => ({ url, stateFolder: path.join(root, machine) }));
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  provider.loses(0.03);
  const workers = machines.flatMap((machine) => [1, 2].map(() => new Worker(machine, names, count)));
  await disturb(server, url, workers, seconds, dice, count);
  await Promise.all(workers.map((worker) => worker.stop()));
  provider.loses(0);
  counts.set('redemptions', provider.redemptions());
  await sleep(shortTimes.leaseMs);
  const lost = await lostAmong(names, machines);
  await provider.close();
  await server.remove();
  fs.rmSync(root, { recursive: true });
  return { counts, lost };
}

/** Makes connections with the first tokens of a provider. */
export async function fill(url: string, names: readonly string[], provider: Provider): Promise<void> {
  const database = openDatabase(url, 'chaos');
  await migrate(database);
  for (const name of names) {
    const rows = {
      app_type: 'pkce',
      client_id: 'the-client',
      token_url: provider.url,
      access_token: 'none',
      refresh_token: provider.issue(name),
      generation: '1',
      grant_status: 'connected',
    };
    await putConnection(database, name, environmentText(name, rows));
  }
  await database.close();
}

/** A process that is started again when it has been killed. */
class Worker {
  private child: ChildProcess;
  private isOver = false;

  constructor(
    private readonly machine: Machine,
    private readonly names: readonly string[],
    private readonly count: (what: string) => void,
  ) {
    this.child = this.start();
  }

  private start(): ChildProcess {
    const child = fork(path.join(__dirname, 'worker.ts'), {
      execArgv: ['--require', 'ts-node/register/transpile-only'],
      serialization: 'json',
    });
    child.on('message', ({ outcome }: { outcome: string }) => this.count(outcome));
    child.on('exit', () => {
      if (!this.isOver) this.child = this.start();
    });
    child.send({ machine: this.machine, names: this.names });
    return child;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.child.kill('SIGCONT');
    const ended = once(this.child, 'exit');
    this.child.send('stop');
    await ended;
  }
}

async function disturb(
  server: PostgresServer,
  url: string,
  workers: readonly Worker[],
  seconds: number,
  dice: Dice,
  count: (what: string) => void,
): Promise<void> {
  const any = (): Worker | undefined => workers[Math.floor(dice.roll() * workers.length)];
  await sleep(3_000); // all have started
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await sleep(200 + dice.roll() * 600);
    const roll = dice.roll();
    if (roll < 0.4) {
      count('killed');
      any()?.signal('SIGKILL');
    } else if (roll < 0.65) {
      count('stopped for longer than a lease');
      const worker = any();
      worker?.signal('SIGSTOP');
      setTimeout(() => worker?.signal('SIGCONT'), shortTimes.leaseMs * (1 + dice.roll()));
    } else if (roll < 0.9) {
      count('sessions ended');
      server.sql(
        url,
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      );
    } else {
      count('server restarted');
      await server.restart('immediate');
    }
  }
  await sleep(shortTimes.leaseMs * 2); // whoever was stopped goes on
}

/** Those that can't be refreshed any more, once each machine has put its receipts back. */
async function lostAmong(names: readonly string[], machines: readonly Machine[]): Promise<string[]> {
  const stores = machines.map((machine) => storeOf(machine));
  for (const store of stores) {
    for await (const { given, ...look } of store.look(names)) {
      if ('hasRecovery' in look && look.hasRecovery) await refreshOnce(store, given);
    }
  }
  const lost: string[] = [];
  for (const name of names) {
    for (const store of stores) {
      const outcome = await refreshOnce(store, name);
      if (outcome !== 'refreshed') lost.push(`${name} (${outcome})`);
    }
  }
  return lost;
}
