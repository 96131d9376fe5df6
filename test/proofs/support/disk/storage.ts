import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startSandboxProcess, type Variants } from '../../../support/sandbox';
import {
  lostIn,
  makeConnectedPlace,
  placed,
  formatProblem,
  type AppType,
  type ConnectedPlace,
  type Problem,
} from '../connected-place';
import { diceFrom } from '../dice';
import { forced } from '../kill-trials';
import { pickEvenly } from '../lanes';
import type { Findings } from '../proof';
import { recordSteps, type Step } from '../stepped-program';
import { cutScenarios, forgetKept, settledSteps } from './cut-scenarios';
import { faultTrials, playDiskTrial, type DiskTrial } from './disk-faults';
import { cutStates, tryState } from './power-cuts';
import { mountSmallDisk, smallDiskTrials } from './small-disk';

/** At most about this many of each, evenly from all that exist; the seed chooses which. */
export interface StorageOptions {
  readonly seed: number;
  readonly faults: number;
  readonly 'small-disk': number;
  readonly 'power-cuts': number;
}

/** How often what was done to a disk ended in what way, and what was wrong. */
interface Tally {
  readonly endings: readonly string[];
  readonly problems: readonly Problem[];
}

interface Lane {
  readonly appType: AppType;
  readonly graceAnswer: Variants['graceAnswer'];
}

const lanes: readonly Lane[] = [
  { appType: 'web', graceAnswer: 'new' },
  { appType: 'pkce', graceAnswer: 'same' },
];

/**
 * What a disk can do to a refresh: fail at any write, once or from then on; be full, for real where a small file system
 * may be mounted; lose, at a power cut, whatever was not synced. After each the next run must hold a token that the
 * sandbox accepts, and nothing may be spent when the file cannot be written.
 */
export async function storage(options: StorageOptions): Promise<Findings> {
  const { endings, problems } = sum(await Promise.all(lanes.map((lane) => playLane(lane, options))));
  const figures: Record<string, number> = {};
  for (const ending of [...endings].sort()) figures[ending] = (figures[ending] ?? 0) + 1;
  return { figures: { ...figures, 'tokens lost': lostIn(problems) }, failures: problems.map(formatProblem) };
}

function sum(tallies: readonly Tally[]): Tally {
  return {
    endings: tallies.flatMap(({ endings }) => endings),
    problems: tallies.flatMap(({ problems }) => problems),
  };
}

/** What one lane works with. */
interface Bench {
  readonly place: ConnectedPlace;
  /** At most this many of the items. */
  readonly some: <T>(items: readonly T[], most: number) => T[];
}

async function playLane({ appType, graceAnswer }: Lane, options: StorageOptions): Promise<Tally> {
  const sandbox = await startSandboxProcess({ variants: { graceAnswer } });
  const place = await makeConnectedPlace(sandbox, appType);
  const dice = diceFrom(options.seed + appType.length); // others in each lane
  const bench: Bench = { place, some: (items, most) => pickEvenly(items, most, dice.roll) };
  try {
    const steps = await settledSteps(place);
    const failing = await failingDisk(bench, steps, options.faults / lanes.length);
    const cut = await powerCuts(bench, steps, options['power-cuts'] / lanes.length);
    return sum([failing, cut, appType === 'web' ? await smallDisk(bench, options['small-disk']) : sum([])]);
  } finally {
    await sandbox.stop();
    place.remove();
  }
}

/** One lane's refreshes are first ones, which make folders, the other's are not. */
async function failingDisk({ place, some }: Bench, settled: readonly Step[], most: number): Promise<Tally> {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-state-'));
  const isFirst = place.appType === 'web';
  const prepare = isFirst ? () => forgetKept(place) : () => undefined;
  prepare();
  const steps = isFirst ? (await recordSteps(place.folder, forced)).steps : settled;
  const trials = some(faultTrials(steps, place, elsewhere, prepare), most);
  const tally = await playDiskTrials('failing disk', trials, place);
  fs.rmSync(elsewhere, { recursive: true, force: true });
  return tally;
}

async function smallDisk({ place, some }: Bench, most: number): Promise<Tally> {
  const disk = mountSmallDisk(path.dirname(place.file));
  if (disk === undefined) return { endings: ['small disk: left out, mounting one needs root'], problems: [] };
  try {
    const trials = smallDiskTrials(disk, await settledSteps(place), place.folder);
    return await playDiskTrials('small disk', some(trials, most), place);
  } finally {
    disk.unmount();
  }
}

async function playDiskTrials(title: string, trials: readonly DiskTrial[], place: ConnectedPlace): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const trial of trials) {
    const { ending, problems } = await playDiskTrial(trial, place);
    tallies.push({ endings: [`${title}: ${ending}`], problems: placed(problems, `${title}, ${trial.what}`) });
  }
  return sum(tallies);
}

/** A run is not worth recording for fewer. */
const fewestStates = 10;

async function powerCuts({ place, some }: Bench, steps: readonly Step[], most: number): Promise<Tally> {
  const scenarios = some(cutScenarios(place, steps), Math.max(1, most / fewestStates));
  const tallies: Tally[] = [];
  for (const { title, record } of scenarios) {
    const recorded = await record();
    for (const state of some(await cutStates(recorded, place.folder), most / scenarios.length)) {
      const problems = await tryState(state, recorded, place);
      tallies.push({
        endings: [`power cut: ${title}`],
        problems: placed(problems, `power cut: ${title}, ${state.when}`),
      });
    }
  }
  return sum(tallies);
}
