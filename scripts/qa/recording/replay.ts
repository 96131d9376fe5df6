import type { PlayedStep } from '../../newman/steps';
import type { RequestDifference } from './expected-requests';
import type { RecordedScenario } from './recording-file';

/** Where a replay first is not as its recording. */
export interface Difference {
  readonly scenario: string;
  /** From 0. */
  readonly row: number;
  /** Undefined where it is the scenario itself. */
  readonly step: string | undefined;
  readonly recorded: string;
  readonly now: string;
}

type Place = Pick<PlayedStep, 'row' | 'position' | 'name'>;

/** What a replay of a scenario gave. */
export interface Replayed {
  readonly id: string;
  readonly recorded: RecordedScenario;
  /** The step of each request that was sent, in order. */
  readonly sent: readonly Place[];
  readonly steps: readonly PlayedStep[];
  readonly difference: RequestDifference | undefined;
}

/** The first difference of a scenario: in what it sends, or in what its tests say. */
export function firstDifference(replayed: Replayed): Difference | undefined {
  const found = [inRequests(replayed), inTests(replayed)].filter((one) => one !== undefined);
  const [first] = found.sort((a, b) => a.at.row - b.at.row || a.at.position - b.at.position);
  if (first === undefined) return undefined;
  const { at, recorded, now } = first;
  return { scenario: replayed.id, row: at.row, step: at.name, recorded, now };
}

/** `QA-320, step "Refresh tokens": the recording has …, now …` */
export function formatDifference({ scenario, row, step, recorded, now }: Difference): string {
  const place = [scenario, ...(row === 0 ? [] : [`row ${row + 1}`]), ...(step === undefined ? [] : [`step "${step}"`])];
  return `${place.join(', ')}: the recording has ${recorded}, now ${now}`;
}

interface Found {
  readonly at: Place;
  readonly recorded: string;
  readonly now: string;
}

function inRequests({ difference, sent, steps }: Replayed): Found | undefined {
  if (difference === undefined) return undefined;
  const { exchange, at, recorded, now } = difference;
  const place = exchange ? { ...exchange, name: exchange.step } : (sent[at] ?? steps.at(-1));
  return place && { at: place, recorded, now };
}

function inTests({ recorded, steps }: Replayed): Found | undefined {
  for (const step of steps) {
    const were = recorded.complaints.find(({ row, position }) => row === step.row && position === step.position);
    const [before, after] = [were?.said[0], step.complaints[0]];
    if ((before === undefined) === (after === undefined)) continue;
    return { at: step, recorded: before ?? 'nothing to complain of', now: after ?? 'there is nothing to complain of' };
  }
  return undefined;
}
