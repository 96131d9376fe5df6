import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { diceFrom } from '../proofs/support/dice';
import { makePlace, startServer, type BenchPlace } from './bench-place';
import { cli } from './fleet';
import type { Row } from './table';

const latencyMs = 20;

/** Kills a fleet of several processes at random moments, all at once; after each, one more run must mend everything. */
export async function measureKills(environments: number, kills: number, seed: number): Promise<Row[]> {
  const server = await startServer(latencyMs);
  const place = makePlace(server, environments, 'due');
  const dice = diceFrom(seed);
  const wholeMs = await timed(() => refresh(place, Infinity));
  let lost = 0;
  for (let kill = 0; kill < kills; kill++) {
    await refresh(place, dice.roll() * wholeMs);
    await refresh(place, Infinity);
    const newest = new Map((await server.report()).newest);
    lost += [...newest].filter(([number, token]) => heldIn(place.fileOf(number)) !== token).length;
  }
  const { crossed } = await server.report();
  server.stop();
  const what = `SIGKILL of a fleet of ${environments} at ${kills} random moments, then one more run`;
  const measured = `${lost} tokens lost, ${crossed.length} values crossed`;
  return [{ what, measured, limit: '0 and 0', isMet: lost === 0 && crossed.length === 0 }];
}

/** Refreshes all of them, due or not, and ends every process with SIGKILL after so long. */
async function refresh({ folder }: BenchPlace, killAfterMs: number): Promise<void> {
  const { PATH = '' } = process.env;
  const args = [cli, 'refresh', '--all', '--force', '--no-jitter', '--processes', '2'];
  const env = { PATH, HOME: folder };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  const timer = Number.isFinite(killAfterMs)
    ? setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), killAfterMs)
    : undefined;
  const [code] = (await ended) as [number | null];
  clearTimeout(timer);
  if (timer === undefined && code !== 0) throw new Error(`the run after a kill ended with ${code}`);
}

async function timed(action: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

function heldIn(file: string): string | undefined {
  const { values } = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string; value: string }[] };
  return values.find(({ key }) => key === 'refresh_token')?.value;
}
