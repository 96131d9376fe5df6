import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import build from '../support/build';
import { makePlace, startServer, type BenchPlace, type BenchServer } from './bench-place';
import { atMost, cli, times } from './fleet';
import { measure, median, type Measured } from './measure';
import { tableOf, type Row } from './table';

export interface SealedSizes {
  readonly fleet: number;
  /** How often one process is started on each side. */
  readonly rounds: number;
}

const node = process.execPath;

/** What sealing costs, and that nothing leaks or is lost: sealed and not, in turn, in one run. */
export async function measureSealed({ fleet, rounds }: SealedSizes): Promise<Row[]> {
  const server = await startServer(0);
  const single = await measureSingle(server, rounds);
  const place = await sealed(makePlace(server, fleet, 'due'));
  const environments = path.join(place.folder, 'environments');
  const found = foundIn(environments);
  const status = await measure([node, cli, 'status'], { cwd: place.folder });
  const rotation = await rotateUnderRefreshes(place);
  server.stop();
  const count = fleet.toLocaleString('en');
  return [
    ...single,
    atMost(`status of ${count} sealed files, without the key`, status.seconds, 1.5, (value) => `${value.toFixed(2)} s`),
    atMost(`secrets found in the folder of ${count}, in four encodings`, found, 0, String),
    ...rotation,
  ];
}

async function measureSingle(server: BenchServer, rounds: number): Promise<Row[]> {
  const [open, shut] = [makePlace(server, 1, 'not due'), await sealed(makePlace(server, 1, 'not due'))];
  const [costs, starts]: [Measured[][], Measured[][]] = [
    [[], []],
    [[], []],
  ];
  for (let round = 0; round < rounds; round++) {
    for (const [at, place] of [open, shut].entries()) {
      costs[at]?.push(await ended(place, ['refresh', place.fileOf(0), '--force']));
    }
    starts[0]?.push(await ended(shut, ['token', shut.fileOf(0)]));
    starts[1]?.push(await measure([node, '-e', '0'], { cwd: shut.folder }));
  }
  const cpuOf = (all: readonly Measured[] = []): number => median(all.map(({ cpuSeconds }) => cpuSeconds));
  const secondsOf = (all: readonly Measured[] = []): number => median(all.map(({ seconds }) => seconds));
  return [
    atMost('a refresh, sealed against not: processor time', cpuOf(costs[1]) / cpuOf(costs[0]), 1.05, times),
    atMost('one sealed `token` against `node -e 0`', secondsOf(starts[0]) / secondsOf(starts[1]), 2.5, times),
  ];
}

/** Makes a key for the environments of a place, which is in `.env` there, and seals them. */
async function sealed(place: BenchPlace): Promise<BenchPlace> {
  const key = path.join(place.folder, 'the.key');
  await ended(place, ['key', 'init', '--to', key]);
  fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_KEY_FILE=${key}\n`, { mode: 0o600 });
  await ended(place, ['seal', '--all']);
  return place;
}

async function ended(place: BenchPlace, args: readonly string[]): Promise<Measured> {
  const measured = await measure([node, cli, ...args], { cwd: place.folder });
  if (measured.code !== 0) throw new Error(`${args.join(' ')} has ended with ${measured.code}`);
  return measured;
}

/** The secrets of the environments of such places; see canary-environment.ts. */
const secret = /(?:secret |[ar]t-\d+-)#\d+#/g;

/** How many secrets are in the files of a folder, as they are or in base64, base64url, or hexadecimal. */
export function foundIn(folder: string): number {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const count = (text: string): number => text.match(secret)?.length ?? 0;
  return files.reduce((sum, one) => {
    const text = fs.readFileSync(path.join(one.parentPath, one.name), 'latin1');
    const words = text.match(/[\w+/=-]{8,}/g) ?? [];
    const decoded = words.flatMap((word) => [
      Buffer.from(word, 'base64').toString('latin1'),
      Buffer.from(word, 'hex').toString('latin1'),
    ]);
    return sum + count(text) + decoded.reduce((inWords, one) => inWords + count(one), 0);
  }, 0);
}

/** New data keys are made while all is refreshed; what was not due is resealed. Everything must open with the new ones alone. */
async function rotateUnderRefreshes(place: BenchPlace): Promise<Row[]> {
  const running = spawn(node, [cli, 'refresh', '--all', '--no-jitter'], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'], HOME: place.folder },
    stdio: 'ignore',
  });
  const end = new Promise<number | null>((resolve) => running.on('exit', resolve));
  await new Promise((resolve) => setTimeout(resolve, 2000)); // some are refreshed by now
  await ended(place, ['key', 'rotate']);
  const code = await end;
  await ended(place, ['key', 'reseal']);
  await ended(place, ['key', 'retire']);
  const again = await measure([node, cli, 'refresh', '--all', '--force', '--no-jitter'], { cwd: place.folder });
  return [
    atMost(
      'new data keys while all is refreshed, then the old ones retired: exit codes',
      Math.max(code ?? -1, again.code),
      0,
      String,
    ),
  ];
}

async function main(): Promise<void> {
  const removeAll = build();
  const rows = await measureSealed({ fleet: 10_000, rounds: 15 });
  console.log(tableOf(rows));
  removeAll();
  process.exit(rows.every(({ isMet }) => isMet) ? 0 : 1);
}

if (require.main === module) void main();
