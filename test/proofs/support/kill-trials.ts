import { setTimeout as sleep } from 'node:timers/promises';
import {
  fault,
  holdingOf,
  leftovers,
  name,
  placed,
  problemsAfterRun,
  problemsAtRest,
  type ConnectedPlace,
  type Problem,
} from './connected-place';
import type { Dice } from './dice';
import { nameOf, runWith, startProgram, type Side, type Step } from './stepped-program';

export const forced = ['refresh', name, '--force'];
export const fromCron = ['refresh', '--all', '--no-jitter'];

export interface TrialFigures {
  readonly kills: number;
  /** Runs of the program that ended by themselves. */
  readonly refreshes: number;
  readonly problems: readonly Problem[];
}

/** One or more kills, and the run after them: by hand with `--force`, or from cron. */
export interface KillTrial {
  readonly what: string;
  /** Runs the program and kills it; returns how often, 0 when it had ended before. */
  readonly kill: () => Promise<number>;
  readonly next: readonly string[];
}

/** Plays a trial and says what is wrong after it. A grant that is lost is made anew, for the next one. */
export async function playTrial({ what, kill, next }: KillTrial, place: ConnectedPlace): Promise<TrialFigures> {
  const before = holdingOf(place.file);
  const kills = await kill();
  if (kills === 0) return { kills, refreshes: 1, problems: [] };
  const problems = problemsAtRest(place, before);
  const ended = await startProgram(place.folder, next).ended;
  problems.push(...(await problemsAfterRun(place, ended, before)));
  if (next === forced && problems.length === 0) problems.push(...staleAfterForced(place, before.generation));
  if (problems.some(({ kind }) => kind === 'lost')) await place.connect();
  return { kills, refreshes: 1, problems: placed(problems, what) };
}

function staleAfterForced(place: ConnectedPlace, generation: number): Problem[] {
  const isSame = holdingOf(place.file).generation === generation;
  return [...leftovers(place), ...(isSame ? [fault('the generation has not grown')] : [])];
}

/** One trial for each side of each step that a refresh takes: before, after, and halfway through what it writes. */
export function trialsAtSteps(steps: readonly Step[], place: ConnectedPlace): KillTrial[] {
  const targets = steps.flatMap((step, index) => sidesOf(step).map((side) => ({ step, number: index + 1, side })));
  return targets.map(({ step, number, side }, index) => ({
    what: `${side === 'halfway' ? 'halfway through' : side} step ${number}, ${nameOf(step, place.folder)}`,
    next: index % 2 === 0 ? forced : fromCron,
    kill: async () => {
      const { signal } = await runWith({ kill: { step: number, side } }, place.folder, forced);
      return signal === 'SIGKILL' ? 1 : 0;
    },
  }));
}

function sidesOf({ call }: Step): readonly Side[] {
  return /^write(File)?Sync$/.test(call) ? ['before', 'halfway', 'after'] : ['before', 'after'];
}

const slowestAnswerMs = 60;

/** The steps of an undisturbed run, and how long one takes that nobody records. */
export interface Pace {
  readonly steps: readonly Step[];
  readonly runMs: number;
}

/**
 * A trial at a random moment: of the whole run, of its time with the lock, or of the request and what follows it, with
 * an answer that takes its time. One in four is killed again in the next run.
 */
export function trialAtRandom(pace: Pace, place: ConnectedPlace, dice: Dice): KillTrial {
  const moments = [momentIn(pace, dice)];
  while (dice.isTrue(0.25)) moments.push(momentIn(pace, dice));
  return {
    what: `after ${moments.map(({ delayMs }) => `${delayMs.toFixed(1)} ms`).join(', then after ')}`,
    next: dice.isTrue(0.5) ? forced : fromCron,
    kill: async () => {
      let kills = 0;
      for (const moment of moments) if (await killAt(moment, place, kills === 0 ? forced : fromCron)) kills++;
      return kills;
    },
  };
}

interface Moment {
  readonly delayMs: number;
  /** How long the answer is made to take. */
  readonly answerMs: number;
}

async function killAt({ delayMs, answerMs }: Moment, place: ConnectedPlace, args: readonly string[]): Promise<boolean> {
  if (answerMs > 0) await place.sandbox.fault({ fault: 'slow', on: 'token', delayMs: answerMs });
  const running = startProgram(place.folder, args);
  await Promise.race([sleep(delayMs), running.ended]);
  running.kill();
  const { signal } = await running.ended;
  if (answerMs > 0) await place.sandbox.clearFaults();
  return signal === 'SIGKILL';
}

function momentIn({ steps, runMs }: Pace, dice: Dice): Moment {
  const endMs = steps.at(-1)?.atMs ?? 1;
  const startMs = (isIt: (step: Step) => boolean): number => ((steps.find(isIt)?.atMs ?? 0) / endMs) * runMs;
  const windows: readonly [Moment, ...Moment[]] = [
    { delayMs: 0, answerMs: 0 },
    { delayMs: startMs(({ writes }) => writes), answerMs: 0 },
    { delayMs: startMs(({ call }) => call === 'socket connecting'), answerMs: dice.between(1, slowestAnswerMs) },
  ];
  const { delayMs, answerMs } = dice.pick(windows);
  return { delayMs: delayMs + dice.roll() * (runMs + answerMs - delayMs), answerMs };
}
