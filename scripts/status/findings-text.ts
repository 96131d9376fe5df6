import { counted } from '../text/count';
import type { DoctorFinding } from './diagnosis';

/** The findings of one environment. */
interface Findings {
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
}

/** A cause, and the environments that have it. */
interface Cause {
  readonly names: string[];
  readonly mends: string[];
  readonly first: DoctorFinding;
}

/** How many names are shown of those that share a cause. */
const mostNames = 5;

/**
 * The findings for people: problems only, one for each cause however many environments have it, in the order in which they
 * were found; the words are those of the first that has it. What mends it is said once, unless it differs by more than the name.
 */
export function findingTexts(all: readonly Findings[]): { readonly text: string; readonly isWarning: boolean }[] {
  const causes = new Map<string, Cause>();
  for (const { name, findings } of all) {
    for (const finding of findings) {
      const key = `${finding.kind} ${finding.code}`;
      const cause = causes.get(key);
      if (cause === undefined) causes.set(key, { names: [name], mends: [finding.mend], first: finding });
      else if (!cause.names.includes(name)) {
        cause.names.push(name);
        cause.mends.push(finding.mend);
      }
    }
  }
  return [...causes.values()].map((cause) => ({ text: textOf(cause), isWarning: cause.first.kind === 'warning' }));
}

function textOf({ names, mends, first: { problem, mend } }: Cause): string {
  const [name = ''] = names;
  if (names.length === 1) return `${name}: ${problem}\n  → ${mend}`;
  const shown = names.slice(0, mostNames).join(', ');
  const left = names.length - mostNames;
  const whose = left > 0 ? `${shown} and ${counted(left, 'other')}` : shown;
  const isOne = new Set(mends.map((one, at) => one.replaceAll(names[at] ?? '', 'NAME'))).size === 1;
  const ways = mends.slice(0, isOne ? 1 : mostNames).map((one, at) => `\n  → of ${names[at] ?? ''}: ${one}`);
  return `${counted(names.length, 'environment')}: ${problem}\n  ${whose}${ways.join('')}`;
}
