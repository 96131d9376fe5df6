import { parseArgs } from 'node:util';
import build from '../../support/build';
import { anySeed } from './lanes';

/** What a proof found: its figures, and each thing that should not have happened. */
export interface Findings {
  readonly figures: Readonly<Record<string, number | string>>;
  readonly failures: readonly string[];
}

/**
 * Runs a proof as a program: builds evergrant, reads `--name value` for each of the options, all whole numbers, plays,
 * prints the figures with the seed that replays them, and exits with 1 when anything failed.
 */
export async function prove<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  play: (options: Readonly<Record<Name | 'seed', number>>) => Promise<Findings>,
): Promise<void> {
  const options = readOptions(defaults);
  build();
  const startedAt = performance.now();
  const { figures, failures } = await play(options);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  for (const [name, figure] of Object.entries({ ...options, ...figures, failures: failures.length, seconds })) {
    console.log(`${name.padEnd(32)} ${figure}`);
  }
  for (const failure of failures.slice(0, 20)) console.error(`FAILED: ${failure}`);
  process.exit(failures.length === 0 ? 0 : 1);
}

function readOptions<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Readonly<Record<Name | 'seed', number>> {
  const all: Record<string, number> = { ...defaults, seed: anySeed() };
  const options = Object.fromEntries(Object.keys(all).map((name) => [name, { type: 'string' } as const]));
  for (const [name, value] of Object.entries(parseArgs({ options }).values)) {
    if (!/^\d{1,10}$/.test(String(value))) throw new Error(`--${name} takes a whole number`);
    all[name] = Number(value);
  }
  return all as Record<Name | 'seed', number>; // the defaults have each of these names
}
