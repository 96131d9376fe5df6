/**
 * Whether the QA collection notices what it is there for: `npm run qa-mutants -- [--grep QA-3] [--seed N]`. Breaks one
 * thing for each scenario, which must then fail. Exits 0 only if each does, and all pass while nothing is broken.
 */
import { parseArgs } from 'node:util';
import { scenarios } from '../../scripts/qa/scenarios/all';
import { anySeed } from '../proofs/support/lanes';
import build from '../support/build';
import { misfits, trials, type Trial } from './mutants';
import { copyProgram, playQa, tryMutants, type Verdict } from './mutation';
import { shuffled } from './shuffled';

const atOnce = 2;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { grep: { type: 'string' }, seed: { type: 'string' } } });
  const { grep = 'QA-', seed = String(anySeed()) } = values;
  if (!/^\d{1,10}$/.test(seed)) throw new Error('--seed takes a whole number');
  build();
  const ids = scenarios.map(({ id }) => id);
  const faults = misfits(ids, '.');
  for (const fault of faults) console.error(`FAILED: ${fault}`);
  const chosen = trials().filter(({ id }) => id.includes(grep));
  if (chosen.length === 0) throw new Error(`no mutant has ${grep} in its id`);
  if (!(await isGreen(grep))) return 1;
  const isKilled = await killAll(shuffled(chosen, Number(seed)));
  console.log(`seed ${seed}`);
  return isKilled && faults.length === 0 ? 0 : 1;
}

async function isGreen(grep: string): Promise<boolean> {
  const copy = copyProgram();
  const { code, lines } = await playQa(copy.folder, grep);
  copy.remove();
  if (code !== 0) console.error(['FAILED: the scenarios fail with nothing broken', ...lines].join('\n'));
  return code === 0;
}

async function killAll(chosen: readonly Trial[]): Promise<boolean> {
  const verdicts = await tryMutants(chosen, atOnce, (verdict) => console.error(`${verdict.id} ${verdict.outcome}`));
  for (const verdict of verdicts) console.log(row(verdict));
  const killed = verdicts.filter(({ outcome }) => outcome === 'killed');
  console.log(`\n${killed.length} of ${verdicts.length} mutants killed`);
  return killed.length === verdicts.length;
}

function row({ id, breaks, outcome, complaint }: Verdict): string {
  const word = outcome === 'killed' ? 'killed  ' : outcome.toUpperCase();
  return `${word}  ${id}  no longer: ${breaks.padEnd(72)}  ${complaint}`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
