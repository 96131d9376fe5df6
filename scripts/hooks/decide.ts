import { refreshedOutcomes, wellOutcomes } from '../history/outcomes';
import type { HookName } from './config';

/** What hooks were last notified of for an environment, or what was noted with no notification. */
export interface Outcome {
  readonly outcome: string;
  /** Null when the file could not be read. */
  readonly generation: number | null;
}

/** What a run found, with the outcomes of `refresh --json`. */
export type Found = Outcome;

/** Whether to run a hook and what to note: neither, one or both. */
export interface HookDecision {
  readonly hook?: HookName;
  /** The outcome for the hook: `adopted` for a refresh by another process, otherwise what was found. */
  readonly outcome: string;
  readonly note?: Outcome;
  /** What to note before the hook runs, if otherwise the next run could not notify again after an interruption. */
  readonly provisional?: Outcome;
}

/**
 * Decides what hooks are notified of for an environment, once per change and not per run:
 * - a larger generation than the noted one is a refresh by any process; with nothing noted yet, only this run's own
 *   counts;
 * - a failure or a needed consent is notified unless the same outcome was notified for the same tokens;
 * - an environment that works again with no new tokens is only noted, so that its next failure is notified.
 */
export function decideHook(last: Outcome | undefined, found: Found): HookDecision {
  const [before, generation] = [last?.generation ?? null, found.generation ?? last?.generation ?? null];
  const { outcome } = found;
  const isNewer = before !== null && generation !== null && generation > before;
  if (!wellOutcomes.includes(outcome)) {
    if (last?.outcome === outcome && !isNewer) return { outcome };
    const hook = outcome === 'consent_needed' ? 'on-consent-needed' : 'on-failure';
    return { hook, outcome, note: { outcome, generation } };
  }
  // A smaller generation than the noted one belongs to another file in the same place, or to a restored one.
  const isOwnRefresh = refreshedOutcomes.includes(outcome) && generation !== before;
  if (isNewer || isOwnRefresh) return newTokens(last, outcome, generation, isNewer);
  const isNoted = last !== undefined && wellOutcomes.includes(last.outcome) && before === generation;
  return isNoted ? { outcome } : { outcome, note: { outcome, generation } };
}

/** Whether an environment works again after a trouble that hooks were told of; whoever has mended it. */
export function isRecovery(last: Outcome | undefined, { outcome }: Found): boolean {
  const isKnown = last !== undefined && last.outcome !== '' && !wellOutcomes.includes(last.outcome);
  return isKnown && wellOutcomes.includes(outcome);
}

function newTokens(
  last: Outcome | undefined,
  found: string,
  generation: number | null,
  isNewer: boolean,
): HookDecision {
  const outcome = found === 'not_due' ? 'adopted' : found;
  const decision: HookDecision = { hook: 'on-refreshed', outcome, note: { outcome, generation } };
  if (isNewer || generation === null) return decision;
  return { ...decision, provisional: { outcome: last?.outcome ?? '', generation: generation - 1 } };
}
