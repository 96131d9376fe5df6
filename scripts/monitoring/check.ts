import { exitCodeOf, type FailureKind } from '../errors';
import { wordCounts } from '../status/cells';
import { wordOf, type StatusRow } from '../status/rows';
import { wordsByUrgency, type StandingWord } from '../status/standing';
import { counted, formatNumber } from '../text/count';
import { dayMs } from '../text/duration';

/** A connection with less than this left is refreshed by nobody: any refresh puts its end off by 60 days. */
const neglectedMs = 30 * dayMs;

/** More environments than this are counted, and not named. */
const mostNames = 5;

/** What is wrong with a connection, as the kind of failure that a refresh would end with; undefined when nothing is. */
export function faultOf(row: StatusRow, now: Date): FailureKind | undefined {
  const word = wordOf(row);
  if (word === 'consent_needed' || word === 'removed') return 'consent_needed';
  if (word === 'invalid' || word === 'import_cut_off') return 'invalid';
  if (word === 'interrupted') return 'temporary_failure';
  if (word === 'failing') return failureOf(row);
  const leftMs = (row.consentNeededBy?.getTime() ?? Infinity) - now.getTime();
  return word === 'connected' && leftMs < neglectedMs ? 'temporary_failure' : undefined;
}

function failureOf({ lastAttempt }: StatusRow): FailureKind {
  const outcome = lastAttempt?.outcome;
  return outcome === 'refused' || outcome === 'not_saved' || outcome === 'invalid' ? outcome : 'temporary_failure';
}

/** The exit code of `status --check`, with the meaning and the order that exit codes have everywhere. */
export function checkCode(rows: readonly StatusRow[], now: Date): number {
  return exitCodeOf(rows.flatMap((row) => faultOf(row, now) ?? []));
}

/** What monitoring plugins end with (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
export const pluginCodes = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export interface PluginResult {
  readonly line: string;
  readonly code: number;
}

/**
 * The status as one line of a Nagios plugin, with the counts as performance data. What mends itself, or nobody has refreshed
 * for a month, is a warning; what somebody must mend is critical; no environment at all is unknown. The counts are given where rows were left out.
 */
export function pluginResult(
  rows: readonly StatusRow[],
  now: Date,
  counts: ReadonlyMap<StandingWord, number> = wordCounts(rows),
): PluginResult {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return unknownResult('no environments');
  const faults = rows.flatMap((row) => {
    const kind = faultOf(row, now);
    return kind === undefined ? [] : [{ row, kind }];
  });
  const isCritical = faults.some(({ kind }) => kind !== 'temporary_failure');
  const status = isCritical ? 'CRITICAL' : faults.length > 0 ? 'WARNING' : 'OK';
  const text = faults.length === 0 ? `${counted(total, 'environment')}, all is well` : describe(faults, total);
  return { line: `EVERGRANT ${status} - ${text} | ${performanceData(counts, total)}`, code: pluginCodes[status] };
}

export function unknownResult(why: string): PluginResult {
  return { line: `EVERGRANT UNKNOWN - ${plain(why)}`, code: pluginCodes.UNKNOWN };
}

function describe(faults: readonly { readonly row: StatusRow }[], total: number): string {
  const words = wordsByUrgency.flatMap((word) => {
    const names = faults.filter(({ row }) => wordOf(row) === word).map(({ row }) => plain(row.environment));
    if (names.length === 0) return [];
    const which = names.length > mostNames ? '' : ` (${names.join(', ')})`;
    return [`${formatNumber(names.length)} ${faultWords[word] ?? word.replaceAll('_', ' ')}${which}`];
  });
  return `${words.join(', ')}, of ${counted(total, 'environment')}`;
}

const faultWords: Readonly<Partial<Record<StandingWord, string>>> = {
  connected: 'not refreshed for a month',
};

function performanceData(counts: ReadonlyMap<StandingWord, number>, total: number): string {
  return wordsByUrgency.map((word) => `${word}=${counts.get(word) ?? 0};;;0;${total}`).join(' ');
}

/** A line of a plugin has no line break, and the first bar begins the performance data. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}|]/gu, ' ');
}
