import { parseArgs } from 'node:util';
import { anySeed } from '../proofs/support/lanes';
import build from '../support/build';
import { attackKinds, type Attack, type AttackResult } from './attack';
import { everyAttack } from './every-attack';
import { playAttack, type Played } from './support/play';

/**
 * Attacks the program: `npm run attack-test -- [--seed N] [--only KIND] [--short]`. Prints a table of what was tried and
 * what came of it, and exits with 1 when anything failed.
 */
async function main(): Promise<number> {
  const { seed, scale, attacks } = orders();
  const clear = build();
  const played: Played[] = [];
  try {
    for (const attack of attacks) {
      const one = await playAttack(attack, scale, seed);
      console.log(lineOf(one));
      for (const failure of failuresOf(one).slice(0, 20)) console.error(`  FAILED: ${failure}`);
      played.push(one);
    }
  } finally {
    clear();
  }
  console.log(`\n${tableOf(played).join('\n')}\nseed ${seed}`);
  return played.some((one) => failuresOf(one).length > 0) ? 1 : 0;
}

function orders(): { seed: number; scale: 'short' | 'long'; attacks: readonly Attack[] } {
  const options = { seed: { type: 'string' }, only: { type: 'string' }, short: { type: 'boolean' } } as const;
  const { seed = String(anySeed()), only, short = false } = parseArgs({ options }).values;
  if (!/^\d{1,10}$/.test(seed)) throw new Error('--seed takes a whole number');
  if (only !== undefined && !attackKinds.some((kind) => kind === only)) {
    throw new Error(`--only takes one of ${attackKinds.join(', ')}`);
  }
  const attacks = everyAttack.filter(({ kind }) => only === undefined || kind === only);
  return { seed: Number(seed), scale: short ? 'short' : 'long', attacks };
}

function lineOf(played: Played): string {
  const { kind, name } = played.attack;
  if ('leftOut' in played) return `left out  ${kind}: ${name} (${played.leftOut})`;
  const { result, seconds } = played;
  const word = result.failures.length === 0 ? 'held' : 'FAILED';
  return `${word.padEnd(8)}  ${kind}: ${name} (${result.tried} tried, ${seconds.toFixed(1)} s)`;
}

function failuresOf(played: Played): readonly string[] {
  return 'result' in played ? played.result.failures : [];
}

const columns = ['attacks', 'left out', 'tried', 'lost', 'leaked', 'crossed', 'failures'] as const;

/** A row for each kind that was attacked. */
function tableOf(played: readonly Played[]): string[] {
  const kinds = attackKinds.filter((kind) => played.some(({ attack }) => attack.kind === kind));
  const row = (head: string, cells: readonly unknown[]): string =>
    head.padEnd(10) + cells.map((cell) => String(cell).padStart(10)).join('');
  return [
    row('', columns),
    ...kinds.map((kind) => {
      const own = played.filter(({ attack }) => attack.kind === kind);
      const results = own.flatMap((one) => ('result' in one ? [one.result] : []));
      const sum = (countOf: (result: AttackResult) => number): number =>
        results.reduce((total, result) => total + countOf(result), 0);
      return row(kind, [
        own.length,
        own.length - results.length,
        sum(({ tried }) => tried),
        sum(({ lost }) => lost),
        sum(({ leaked }) => leaked),
        sum(({ crossed }) => crossed),
        sum(({ failures }) => failures.length),
      ]);
    }),
  ];
}

void main().then((code) => process.exit(code));
