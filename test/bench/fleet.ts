import path from 'node:path';
import { makePlace, startServer, type BenchServer } from './bench-place';
import { measure, type Measured } from './measure';
import type { Row } from './table';

export const cli = path.resolve('dist/cli.js');
export const newmanCli = path.resolve('node_modules/newman/bin/newman.js');
export const collection = path.resolve('collections/xero-oauth2.postman_collection.json');

export interface FleetSizes {
  /** How many environments are due at once. */
  readonly fleet: number;
  /** How many a shell loop refreshes. */
  readonly loop: number;
  /** How many iterations a bare Newman run has. */
  readonly iterations: number;
}

/** A fleet of due environments, a tenth of it, a shell loop and a bare Newman run, one after the other. */
export async function measureFleet({ fleet, loop, iterations }: FleetSizes): Promise<Row[]> {
  const [slow, quick] = [await startServer(100), await startServer(0)];
  const tenth = await refreshFleet(slow, Math.ceil(fleet / 10));
  const whole = await refreshFleet(slow, fleet);
  const looped = await loopOverNewman(slow, loop);
  const bare = await measure(
    [process.execPath, path.join(__dirname, 'bare-newman.js'), quick.url, String(iterations)],
    {
      cwd: process.cwd(),
    },
  );
  for (const server of [slow, quick]) server.stop();
  const [asLoop, perRefresh] = [(looped.seconds / loop) * fleet, (whole.cpuSeconds / fleet) * 1000];
  const perIteration = (bare.cpuSeconds / iterations) * 1000;
  const count = fleet.toLocaleString('en');
  return [
    atMost(`${count} due environments, 100 ms latency`, whole.seconds, 100, (value) => `${value.toFixed(1)} s`),
    {
      what: `the same by a shell loop of \`newman run\` (${loop}, scaled)`,
      measured: `${Math.round(asLoop / whole.seconds)} times slower`,
      limit: 'at least 100 times',
      isMet: asLoop / whole.seconds >= 100,
    },
    {
      what: `processor time a refresh, against a bare Newman iteration (of ${iterations.toLocaleString('en')})`,
      measured: `${perRefresh.toFixed(1)} ms against ${perIteration.toFixed(1)} ms: ${(perRefresh / perIteration).toFixed(2)} times`,
      limit: '1.4 times',
      isMet: perRefresh / perIteration <= 1.4,
    },
    atMost(`memory of all processes at ${count}`, whole.peakMb, 500, (value) => `${Math.round(value)} MB`),
    atMost(`memory at ${count} against a tenth of them`, whole.peakMb / tenth.peakMb, 1.2, times),
    atMost(`time for ${count} against a tenth of them`, whole.seconds / tenth.seconds, 10.5, times),
  ];
}

/** Nothing due: only files are read. */
export async function measureNothingDue(fleet: number): Promise<Row[]> {
  const server = await startServer(0);
  const place = makePlace(server, fleet, 'not due');
  const run = await refreshAll(place.folder);
  server.stop();
  const what = `${fleet.toLocaleString('en')} environments, none due`;
  return [
    atMost(what, run.seconds, 1.5, (value) => `${value.toFixed(2)} s`),
    atMost(`${what}: memory`, run.peakMb, 150, (value) => `${Math.round(value)} MB`),
  ];
}

async function refreshFleet(server: BenchServer, count: number): Promise<Measured> {
  const place = makePlace(server, count, 'due');
  const run = await refreshAll(place.folder);
  return run;
}

async function refreshAll(folder: string): Promise<Measured> {
  const run = await measure([process.execPath, cli, 'refresh', '--all', '--no-jitter'], { cwd: folder });
  if (run.code !== 0) throw new Error(`refresh --all ended with ${run.code}`);
  return run;
}

async function loopOverNewman(server: BenchServer, count: number): Promise<Measured> {
  const place = makePlace(server, count, 'due');
  const script = 'for file in environments/*.json; do "$@" --environment "$file" --export-environment "$file"; done';
  const once = [process.execPath, newmanCli, 'run', collection, '--folder', 'Refresh tokens'];
  const run = await measure(['sh', '-c', script, 'sh', ...once], { cwd: place.folder });
  if (run.code !== 0) throw new Error(`newman ended with ${run.code}`);
  return run;
}

export function atMost(what: string, value: number, limit: number, say: (value: number) => string): Row {
  return { what, measured: say(value), limit: say(limit), isMet: value <= limit };
}

export function times(value: number): string {
  return `${value.toFixed(value < 2 ? 2 : 1)} times`;
}
