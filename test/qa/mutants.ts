import { readFileSync } from 'node:fs';
import { inCopy } from '../support/build-folder';
import { connectMutants } from './connect-mutants';
import type { Mutant, Mutants } from './mutant';
import { refreshMutants } from './refresh-mutants';

/** The mutant of each scenario. */
const mutants: Mutants = { ...connectMutants, ...refreshMutants };

/** A mutant with its scenario's id. */
export interface Trial extends Mutant {
  readonly id: string;
}

/** The mutants in the order of their ids. */
export function trials(): Trial[] {
  const all: [string, Mutant][] = Object.entries(mutants);
  return all.map(([id, mutant]) => ({ id, ...mutant })).toSorted((a, b) => a.id.localeCompare(b.id));
}

/** Why scenarios and mutants do not belong together, or a mutant cannot be made: one sentence each. */
export function misfits(scenarioIds: readonly string[], folder: string): string[] {
  const all = trials();
  const files = [...new Set(all.map(({ file }) => file))];
  const texts = new Map(files.map((file) => [file, readFileSync(inCopy(folder, file), 'utf8')]));
  return [
    ...scenarioIds.filter((id) => !all.some((trial) => trial.id === id)).map((id) => `${id} has no mutant`),
    ...all.filter(({ id }) => !scenarioIds.includes(id)).map(({ id }) => `the mutant of ${id} has no scenario`),
    ...all
      .filter((trial) => !canBeMade(trial, texts.get(trial.file) ?? ''))
      .map(({ id, file }) => `the mutant of ${id} is not in ${file}`),
  ];
}

function canBeMade({ find, isEverywhere }: Trial, text: string): boolean {
  const places = text.split(find).length - 1;
  return isEverywhere ? places > 0 : places === 1;
}
