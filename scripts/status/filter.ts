import { grantStates } from '../environment/grant';
import type { StatusRow } from './rows';

/** Words of `detail` that tell more than the state does. */
const detailWords = ['waiting', 'refreshing', 'failing', 'removed', 'moved'] as const;

/** What `--state` takes. */
export const selectableStates = [...grantStates, ...detailWords] as const;

/** Which environments to show; all that is given must hold. */
export interface StatusFilter {
  readonly tenantId?: string | undefined;
  readonly state?: string | undefined;
  /** Only those of which somebody should know. */
  readonly onlyProblems?: boolean | undefined;
}

/** A row, and the id of its organisation. */
interface Listed extends StatusRow {
  readonly tenantId: string | null;
}

export function matches(row: Listed, { tenantId, state, onlyProblems = false }: StatusFilter): boolean {
  if (tenantId !== undefined && row.tenantId?.toLowerCase() !== tenantId.toLowerCase()) return false;
  if (state !== undefined && !isInState(row, state)) return false;
  return !onlyProblems || isProblem(row);
}

function isInState({ state, detail }: StatusRow, wanted: string): boolean {
  return state === wanted || new RegExp(`^${wanted}\\b`).test(detail ?? '');
}

/** Outcomes after which a connection that still lives is in danger. */
const troubles: readonly string[] = ['temporary_failure', 'refused', 'not_saved', 'invalid', 'consent_needed'];

function isProblem({ state, error, lastAttempt }: StatusRow): boolean {
  if (error !== null || ['consent_needed', 'invalid', 'interrupted'].includes(state)) return true;
  return state === 'connected' && troubles.includes(lastAttempt?.outcome ?? '');
}
