import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { anySeed } from '../proofs/support/lanes';
import build from '../support/build';
import { measureFleet, measureNothingDue, type FleetSizes } from './fleet';
import { measureKills } from './kills';
import { measureSingle } from './single';
import { putInto, tableOf, type Row } from './table';

export interface BenchSizes extends FleetSizes {
  /** How often one process is started on each side. */
  readonly rounds: number;
  readonly kills: number;
}

/** Every figure of a fleet, and of one environment alone: both sides of each in one run. */
export async function bench(sizes: BenchSizes, seed: number): Promise<Row[]> {
  return [
    ...(await measureFleet(sizes)),
    ...(await measureNothingDue(sizes.fleet)),
    ...(await measureSingle(sizes.rounds)),
    ...(await measureKills(Math.min(200, sizes.fleet), sizes.kills, seed)),
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, write: { type: 'boolean' } } });
  const seed = Number(values.seed ?? anySeed());
  const removeAll = build();
  const rows = await bench({ fleet: 10_000, loop: 50, iterations: 1000, rounds: 15, kills: 50 }, seed);
  console.log(`${tableOf(rows)}\n\nseed ${seed}`);
  if (values.write === true) await writeTable(rows);
  removeAll();
  process.exit(rows.every(({ isMet }) => isMet) ? 0 : 1);
}

/** The README's table names the conditions. */
async function writeTable(rows: readonly Row[]): Promise<void> {
  const conditions = `Measured by \`npm run bench\` with Node.js ${process.versions.node} on ${os.cpus().length} cores, answers from a bare server in a process of its own:`;
  const readme = putInto(fs.readFileSync('README.md', 'utf8'), `${conditions}\n\n${tableOf(rows)}`);
  const options = await prettier.resolveConfig('README.md');
  fs.writeFileSync('README.md', await prettier.format(readme, { ...options, parser: 'markdown' }));
}

if (require.main === module) void main();
