import type { HookName } from './config';

/** What was last told of an environment, or noted without being told. */
export interface Outcome {
  readonly outcome: string;
  /** Null when the file could not be read yet. */
  readonly generation: number | null;
}

/** What a run found: the outcomes of `refresh --json`. */
export type Found = Outcome;

/** What is to be told and noted: neither, one or both. */
export interface Telling {
  readonly hook?: HookName;
  /** What is told: of a refresh by somebody else `adopted`, else what was found. */
  readonly outcome: string;
  readonly note?: Outcome;
  /** What is noted before the hook runs, where a run that is cut off could not be made up for without it. */
  readonly provisional?: Outcome;
}

const refreshedOutcomes: readonly string[] = ['refreshed', 'adopted'];
const wellOutcomes: readonly string[] = [...refreshedOutcomes, 'not_due'];

/**
 * Decides what is told of an environment, once per change and not per run:
 * - a larger generation than was told is a refresh, whoever made it; where nothing was told yet, only this run's own;
 * - a consent that is needed, or a failure, is told when another outcome was, or tokens have come in between;
 * - one that is well again with no new tokens is noted, so that its next failure is told.
 */
export function decideHook(told: Outcome | undefined, found: Found): Telling {
  const [before, generation] = [told?.generation ?? null, found.generation ?? told?.generation ?? null];
  const { outcome } = found;
  const isNewer = before !== null && generation !== null && generation > before;
  if (!wellOutcomes.includes(outcome)) {
    if (told?.outcome === outcome && !isNewer) return { outcome };
    const hook = outcome === 'consent_needed' ? 'on-consent-needed' : 'on-failure';
    return { hook, outcome, note: { outcome, generation } };
  }
  // A smaller generation than was told is that of another file in the same place, or of a restored one.
  const isOwnRefresh = refreshedOutcomes.includes(outcome) && generation !== before;
  if (isNewer || isOwnRefresh) return newTokens(told, outcome, generation, isNewer);
  const isNoted = told !== undefined && wellOutcomes.includes(told.outcome) && before === generation;
  return isNoted ? { outcome } : { outcome, note: { outcome, generation } };
}

function newTokens(told: Outcome | undefined, found: string, generation: number | null, isNewer: boolean): Telling {
  const outcome = found === 'not_due' ? 'adopted' : found;
  const telling: Telling = { hook: 'on-refreshed', outcome, note: { outcome, generation } };
  if (isNewer || generation === null) return telling;
  return { ...telling, provisional: { outcome: told?.outcome ?? '', generation: generation - 1 } };
}
