/**
 * Whether the tests of the store in a database notice what they are there for: `npm run database-mutants -- [--grep mark]`.
 * Takes away one of its safeguards at a time, and some test must fail. Exits 0 only if each is noticed, and all tests pass
 * while nothing is broken.
 */
import { parseArgs } from 'node:util';
import { storeMutants } from './mutants';
import { copySources, misfit, tryMutant } from './mutation';

async function main(): Promise<number> {
  const { grep = '' } = parseArgs({ options: { grep: { type: 'string' } } }).values;
  const chosen = storeMutants.filter(({ id }) => id.includes(grep));
  const faults = chosen.flatMap((mutant) => misfit(mutant) ?? []);
  for (const fault of faults) console.error(`FAILED: ${fault}`);
  if (faults.length > 0 || chosen.length === 0) return 1;
  const copy = copySources();
  let killed = 0;
  try {
    const { outcome, by } = await tryMutant(undefined, copy.folder);
    if (outcome !== 'survived') throw new Error(`the tests fail with nothing broken: ${by}`);
    for (const mutant of chosen) {
      const tried = await tryMutant(mutant, copy.folder);
      if (tried.outcome === 'killed') killed += 1;
      const word = tried.outcome === 'killed' ? 'killed  ' : tried.outcome.toUpperCase();
      console.log(`${word}  ${mutant.id.padEnd(18)}  no longer: ${mutant.breaks.padEnd(80)}  ${tried.by}`);
    }
  } finally {
    copy.remove();
  }
  console.log(`\n${killed} of ${chosen.length} mutants killed`);
  return killed === chosen.length ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
