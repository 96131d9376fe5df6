import { grantStates } from '../environment/grant';
import { wordOf, type StatusRow } from './rows';
import { statusDetails, type StandingWord } from './standing';

/** What `--state` takes. */
export const selectableStates = [...grantStates, ...statusDetails] as const;

/** Which environments to show; all that is given must hold. */
export interface StatusFilter {
  readonly tenantId?: string | undefined;
  readonly state?: string | undefined;
  /** Only those of which somebody should know. */
  readonly onlyProblems?: boolean | undefined;
}

export function isFiltering({ tenantId, state, onlyProblems = false }: StatusFilter): boolean {
  return (tenantId ?? state) !== undefined || onlyProblems;
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

function isInState({ state, standing }: StatusRow, wanted: string): boolean {
  return state === wanted || standing?.detail === wanted;
}

const problems: readonly StandingWord[] = [
  'consent_needed',
  'removed',
  'invalid',
  'interrupted',
  'import_cut_off',
  'failing',
];

function isProblem(row: StatusRow): boolean {
  return problems.includes(wordOf(row));
}
