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
  readonly first: DoctorFinding;
}

/** How many names are shown of those that share a cause. */
const mostNames = 5;

/**
 * The findings for people: problems only, one for each cause however many environments have it, in the order in which they
 * were found; the words are those of the first that has it.
 */
export function findingTexts(all: readonly Findings[]): { readonly text: string; readonly isWarning: boolean }[] {
  const causes = new Map<string, Cause>();
  for (const { name, findings } of all) {
    for (const finding of findings) {
      const key = `${finding.kind} ${finding.code}`;
      const cause = causes.get(key);
      if (cause === undefined) causes.set(key, { names: [name], first: finding });
      else if (!cause.names.includes(name)) cause.names.push(name);
    }
  }
  return [...causes.values()].map((cause) => ({ text: textOf(cause), isWarning: cause.first.kind === 'warning' }));
}

function textOf({ names, first: { problem, mend } }: Cause): string {
  const [name = ''] = names;
  if (names.length === 1) return `${name}: ${problem}\n  → ${mend}`;
  const shown = names.slice(0, mostNames).join(', ');
  const left = names.length - mostNames;
  const whose = left > 0 ? `${shown} and ${counted(left, 'other')}` : shown;
  return `${counted(names.length, 'environment')}: ${problem}\n  ${whose}\n  → of ${name}: ${mend}`;
}
