import { invalid } from '../errors';
import type { Collection } from './collection';
import type { Finding, Rule } from './finding';
import { leaks } from './leaks';
import { legacy } from './legacy';
import { logging } from './logging';
import { scriptFiles } from './script-files';
import { secrets } from './secrets';
import { statusAssertions } from './status';
import { testNames } from './test-names';
import { transport } from './transport';
import { unguardedSets } from './unguarded-set';

/** Every rule of the lint. An id never changes, because people use it in their tickets and scripts. */
export const rules: readonly Rule[] = [
  ...secrets,
  ...testNames,
  ...logging,
  ...leaks,
  ...unguardedSets,
  ...statusAssertions,
  ...transport,
  ...legacy,
  ...scriptFiles,
];

/**
 * The findings of all rules in a collection, in the order of the table and of the file.
 * @throws Failure `invalid` for scripts that no rule can follow
 */
export function lintCollection(collection: Collection, file: string, chosen = rules): Finding[] {
  try {
    return chosen.flatMap(({ id, hint, find }) => find(collection).map((fault) => ({ rule: id, ...fault, hint })));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `${file} cannot be checked: a script in it is nested too deeply`;
    throw invalid('too_deep', message, 'break up its longest expression or chain of calls', error);
  }
}
