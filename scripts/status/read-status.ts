import { realPlaceIn, storeOf, type Context } from '../context';
import { duplicateGrants, Owners } from '../environment/duplicates';
import type { Overview } from '../environment/store';
import { isFiltering, matches, type StatusFilter } from './filter';
import { listed, type ListedRow, type Wanted } from './listed-rows';
import { MostUrgent } from './most-urgent';
import { readRows, rowsOf } from './read-rows';
import type { StandingWord } from './standing';

/** What to read, and how much of it to keep. */
export interface StatusRequest {
  /** Empty for all. */
  readonly names: readonly string[];
  readonly filter: StatusFilter;
  /** How many rows are kept at the most; all are counted. */
  readonly most: number;
  /** How many of those that are connected and well are kept, where that is less. */
  readonly mostWell?: number | undefined;
  readonly wanted: Wanted;
}

export interface StatusReport {
  /** The most urgent of those that match. */
  readonly rows: readonly ListedRow[];
  /** How many match, by what they are called. */
  readonly counts: ReadonlyMap<StandingWord, number>;
  /** How many there are. */
  readonly total: number;
  readonly duplicates: readonly (readonly string[])[];
}

/** Reads the status of all environments, or of those named. Sends no request, and keeps in memory only what is asked for. */
export async function readStatus(request: StatusRequest, context: Context): Promise<StatusReport> {
  const { overview } = storeOf(context);
  const { names, most, mostWell = most } = request;
  const isCut = names.length === 0 && mostWell < Infinity;
  return overview !== undefined && isCut
    ? await readTroubled({ ...request, mostWell }, overview, context)
    : await readAll(request, context);
}

async function readAll({ names, filter, most, wanted }: StatusRequest, context: Context): Promise<StatusReport> {
  const urgent = new MostUrgent<ListedRow>(most);
  const owners = new Owners();
  const shown = new Set<string>();
  let total = 0;
  for await (const { row, owned } of listed(readRows(names, context), wanted, context)) {
    total += 1;
    for (const { name, owner } of owned) owners.add(name, owner);
    if (!matches(row, filter)) continue;
    urgent.add(row);
    for (const { name } of owned) shown.add(name);
  }
  const duplicates = withAny(owners.duplicates(realPlaceIn(context)), shown);
  return { rows: urgent.rows(), counts: urgent.counts, total, duplicates };
}

/** Of those that are connected and well, only the first few are read, and the store counts them. */
async function readTroubled(
  { filter, most, mostWell, wanted }: StatusRequest & { readonly mostWell: number },
  overview: Overview,
  context: Context,
): Promise<StatusReport> {
  const { tenantId, state = 'connected', onlyProblems = false } = filter;
  const urgent = new MostUrgent<ListedRow>(most);
  const shown = new Set<string>();
  const show = (row: ListedRow): void => {
    if (!matches(row, filter)) return;
    urgent.add(row);
    shown.add(row.environment);
  };
  let troubled = 0;
  for await (const { row } of listed(rowsOf(overview.troubledSights(), context), wanted, context)) {
    troubled += 1;
    show(row);
  }
  const isWellWanted = state === 'connected' && !onlyProblems;
  const well = isWellWanted ? await overview.well(tenantId, mostWell) : { count: 0, names: [] };
  const found = rowsOf(overview.sights(well.names), context);
  for await (const { row } of listed(found, wanted, context)) show(row);
  urgent.count('connected', well.count - well.names.length);
  const { count } = isWellWanted && tenantId === undefined ? well : await overview.well(undefined, 0);
  const groups = duplicateGrants(await overview.owned(), realPlaceIn(context));
  const duplicates = isFiltering(filter) ? withAny(groups, shown) : groups;
  return { rows: urgent.rows(), counts: urgent.counts, total: troubled + count, duplicates };
}

/** The groups that concern somebody who sees these alone. */
function withAny(groups: readonly (readonly string[])[], shown: ReadonlySet<string>): (readonly string[])[] {
  return groups.filter((names) => names.some((name) => shown.has(name)));
}
