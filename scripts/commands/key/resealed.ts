import type { Context } from '../../context';
import { exitCodeOf } from '../../errors';
import type { Resealed } from '../../manage/sealing/reseal';
import { counted } from '../../text/count';

/** Prints what came of each environment, and returns the exit code. */
export function printResealed(done: readonly Resealed[], isJson: boolean, what: string, { console }: Context): number {
  const code = exitCodeOf(done.flatMap(({ kind }) => kind ?? []));
  if (isJson) {
    console.print(JSON.stringify({ results: done.map(({ result }) => result) }, null, 2));
    return code;
  }
  for (const { result } of done) {
    if (result.error !== null) console.say(`evergrant: ${result.error.message}\n  → ${result.error.hint}`);
  }
  const count = (outcome: string): number => done.filter(({ result }) => result.outcome === outcome).length;
  const [changed, unchanged, failed] = [count('changed'), count('unchanged'), count('failed')];
  const already = unchanged === 0 ? '' : `, ${unchanged} already`;
  console.print(`${counted(changed, 'environment')} ${what}${already}${failed === 0 ? '' : `, ${failed} failed`}`);
  return code;
}
