import type { FailureKind } from '../../errors';
import type { Console } from '../../terminal/console';

/** One line of `store import --json` and `store export --json`. */
export interface MovedLine {
  readonly environment: string;
  readonly outcome: 'imported' | 'already_there' | 'exported' | 'handed_over' | 'failed';
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly dryRun?: true;
}

/** The result of one environment, and the kind of its failure for the exit code. */
export interface Moved {
  readonly result: MovedLine;
  readonly kind?: FailureKind | undefined;
}

/** Prints why one was not moved; nothing where it was. */
export function printFailure({ error }: MovedLine, console: Console): void {
  if (error !== null) console.say(`evergrant: ${error.message}\n  → ${error.hint}`);
}
