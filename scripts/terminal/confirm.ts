import { invalid } from '../errors';
import type { Console } from './console';

/**
 * Asks a person whether to go on; only `y` and `yes` do. Where there is no terminal the program goes on: cron and scripts
 * have decided already. `command` is the one that doesn't ask, for the hint.
 * @throws Failure `invalid` when the answer is another one
 */
export async function confirm({ ask }: Console, question: string, command: string): Promise<void> {
  const answer = await ask(`${question} [y/N]`, 'shown');
  if (answer === undefined || /^y(es)?$/i.test(answer)) return;
  throw invalid('not_confirmed', 'it was not confirmed, and nothing was changed', `without a question: ${command}`);
}
