import { startSandboxProcess, type Variants } from '../../support/sandbox';
import { lostIn, makeConnectedPlace, formatProblem, type AppType, type ConnectedPlace } from './connected-place';
import { diceFrom } from './dice';
import { forgetKept, settle } from './disk/cut-scenarios';
import {
  forced,
  playTrial,
  trialAtRandom,
  trialsAtSteps,
  type KillTrial,
  type Pace,
  type TrialFigures,
} from './kill-trials';
import { pickEvenly } from './lanes';
import type { Findings } from './proof';
import { recordSteps, startProgram } from './stepped-program';

export interface CrashOptions {
  readonly seed: number;
  /** At most about this many kills at steps, evenly before and after each of them. */
  readonly steps: number;
  /** So many at random moments. */
  readonly random: number;
  /** How many of the four kinds of refresh are played. */
  readonly kinds: number;
}

/** A kind of refresh: a first one makes folders, a later one takes an old generation away. */
interface Sweep {
  readonly graceAnswer: Variants['graceAnswer'];
  readonly appType: AppType;
  readonly condition: 'first' | 'settled';
}

const lanes: readonly (readonly Sweep[])[] = [
  [
    { graceAnswer: 'new', appType: 'web', condition: 'first' },
    { graceAnswer: 'new', appType: 'pkce', condition: 'settled' },
  ],
  [
    { graceAnswer: 'same', appType: 'pkce', condition: 'settled' },
    { graceAnswer: 'same', appType: 'web', condition: 'first' },
  ],
];

/**
 * Kills the real program with SIGKILL: right before and right after every file-system call and socket event of a
 * refresh, halfway through every write, and at random moments. After each, the next run must hold a token that the
 * sandbox accepts. Both readings of Xero's grace period are played, in two lanes side by side.
 */
export async function crash(options: CrashOptions): Promise<Findings> {
  const played = await Promise.all(lanes.map((lane) => playLane(lane, options)));
  const { kills, refreshes, problems } = sum(played);
  const figures = { kills, refreshes, 'tokens lost': lostIn(problems) };
  return { figures, failures: problems.map(formatProblem) };
}

async function playLane(lane: readonly Sweep[], options: CrashOptions): Promise<TrialFigures> {
  const played: TrialFigures[] = [];
  for (const sweep of lane.slice(0, options.kinds / lanes.length)) played.push(await playSweep(sweep, options));
  return sum(played);
}

function sum(figures: readonly TrialFigures[]): TrialFigures {
  return {
    kills: figures.reduce((all, { kills }) => all + kills, 0),
    refreshes: figures.reduce((all, { refreshes }) => all + refreshes, 0),
    problems: figures.flatMap(({ problems }) => problems),
  };
}

async function playSweep(sweep: Sweep, { seed, steps, random, kinds }: CrashOptions): Promise<TrialFigures> {
  const { graceAnswer, appType, condition } = sweep;
  const sandbox = await startSandboxProcess({ variants: { graceAnswer } });
  const place = await makeConnectedPlace(sandbox, appType);
  const play = async (trial: KillTrial): Promise<TrialFigures> => {
    if (condition === 'first') forgetKept(place);
    const what = `${appType}, ${condition} refresh, retries bring ${graceAnswer === 'new' ? 'a new' : 'the same'} pair, killed ${trial.what}`;
    return playTrial({ ...trial, what }, place);
  };
  try {
    const pace = await paceOf(place, condition);
    const dice = diceFrom(seed + lanes.flat().indexOf(sweep));
    const trials = pickEvenly(trialsAtSteps(pace.steps, place), steps / kinds, dice.roll);
    let played = sum([]);
    for (const trial of trials) played = sum([played, await play(trial)]);
    const wanted = played.kills + random / kinds;
    while (played.kills < wanted) played = sum([played, await play(trialAtRandom(pace, place, dice))]);
    return played;
  } finally {
    await sandbox.stop();
    place.remove();
  }
}

async function paceOf(place: ConnectedPlace, condition: Sweep['condition']): Promise<Pace> {
  if (condition === 'settled') await settle(place);
  const started = performance.now();
  await startProgram(place.folder, forced).ended;
  const runMs = performance.now() - started;
  if (condition === 'first') forgetKept(place);
  const { ended, steps } = await recordSteps(place.folder, forced);
  if (ended.code !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  return { steps, runMs };
}
