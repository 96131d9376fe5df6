import fs from 'node:fs';
import path from 'node:path';
import {
  fault,
  holdingOf,
  problemsAfterRun,
  problemsAtRest,
  type ConnectedPlace,
  type Holding,
  type Problem,
} from '../connected-place';
import { forced, fromCron } from '../kill-trials';
import { nameOf, runWith, startProgram, type Ended, type Fault, type Step, type StepPlan } from '../stepped-program';

const faultCodes = ['ENOSPC', 'EROFS', 'EIO', 'EDQUOT'] as const;

/** A refresh on a disk that does something to it. */
export interface DiskTrial {
  readonly what: string;
  readonly plan: StepPlan;
  readonly variables: Readonly<Record<string, string>>;
  /** The exit codes that the contract allows. */
  readonly allowed: readonly number[];
  /** Whether some place for a recovery file goes on working. */
  readonly hasRefuge: boolean;
  /** Brings the disk into its state before the run, and out of it after. */
  readonly prepare: () => void;
  readonly mend: () => void;
}

export interface DiskFigures {
  /** How the disturbed run ended. */
  readonly ending: string;
  readonly problems: readonly Problem[];
}

/**
 * Each write of a refresh fails once with each error, and each is the first of all that fail from then on: with the
 * system's state folder beside the environment, which fails, too, and on a disk that works.
 */
export function faultTrials(
  steps: readonly Step[],
  place: ConnectedPlace,
  elsewhere: string,
  prepare: () => void,
): DiskTrial[] {
  const writing = steps.flatMap((step, index) => (step.writes ? [{ step, number: index + 1 }] : []));
  return faultCodes.flatMap((code) =>
    writing.flatMap(({ step, number }) => {
      const what = `${code} at step ${number}, ${nameOf(step, place.folder)}`;
      const allowed = isBestEffort(step) ? [0] : [0, 2, 6];
      const failing = (lasts: boolean, spared: string[]): Fault => ({ step: number, code, lasts, spared });
      const trial = (more: string, wrong: Fault, variables: Record<string, string>): DiskTrial => ({
        what: what + more,
        plan: { fault: wrong },
        variables,
        allowed: wrong.lasts ? [0, 2, 6] : allowed,
        hasRefuge: !wrong.lasts || wrong.spared.length > 0,
        prepare,
        mend: () => undefined,
      });
      return [
        trial('', failing(false, []), {}),
        trial(' and ever after', failing(true, []), {}),
        trial(' and ever after, but elsewhere', failing(true, [elsewhere]), { XDG_STATE_HOME: elsewhere }),
      ];
    }),
  );
}

/** The kept generations and the note in the lock help later; a refresh doesn't depend on them. */
function isBestEffort({ call, place }: Step): boolean {
  return /generation-\d+\.json$/.test(place) || (/[\\/]lock$/.test(place) && call !== 'openSync');
}

/** Runs the program on the failing disk, judges how it ended, and lets it run once more on a disk that works again. */
export async function playDiskTrial(trial: DiskTrial, place: ConnectedPlace): Promise<DiskFigures> {
  trial.prepare();
  const before = holdingOf(place.file);
  await place.sandbox.forgetRequests();
  const ended = await runWith(trial.plan, place.folder, forced, trial.variables);
  const log = await place.sandbox.requests();
  const wasAsked = log.some(({ grantType }) => grantType === 'refresh_token');
  const problems = [
    ...problemsAtRest(place, before),
    ...problemsOfEnding(ended, trial, wasAsked),
    ...(wasAsked ? await problemsIfSpent(ended, trial, place, before) : problemsIfUnspent(place, before)),
  ];
  const waiting = waitingIn(ended.stderr);
  const left = trial.plan.fault?.lasts === true ? holdingOf(place.file) : before; // that run could clear nothing
  trial.mend();
  const next = await startProgram(place.folder, fromCron, trial.variables).ended;
  problems.push(...(await problemsAfterRun(place, next, before)), ...problemsIfLeft(waiting, place, left));
  if (problems.some(({ kind }) => kind === 'lost')) await place.connect();
  return { ending: `${wasAsked ? 'asked' : 'not asked'}, exit ${ended.code}`, problems };
}

function problemsOfEnding({ code, stderr }: Ended, { allowed }: DiskTrial, wasAsked: boolean): Problem[] {
  const said = stderr.trim();
  if (!allowed.includes(code ?? -1)) return [fault(`exit ${code}: ${said}`)];
  if (!wasAsked && code !== 2) return [fault(`exit ${code}, and Xero was not asked: ${said}`)];
  if (wasAsked && code === 2) return [fault(`exit 2 says that nothing was spent, and Xero was asked: ${said}`)];
  return [];
}

function problemsIfUnspent(place: ConnectedPlace, before: Holding): Problem[] {
  const { refreshToken, generation } = holdingOf(place.file);
  const isSame = refreshToken === before.refreshToken && generation === before.generation;
  return isSame ? [] : [fault('the tokens changed, and Xero was not asked')];
}

/** Xero has answered: the new tokens are in the file, or in a recovery file that the message names. */
async function problemsIfSpent(
  { code, stderr }: Ended,
  { hasRefuge }: DiskTrial,
  place: ConnectedPlace,
  before: Holding,
): Promise<Problem[]> {
  if (holdingOf(place.file).generation > before.generation) return [];
  if (code === 0) return [fault('exit 0, and the file does not have the tokens')];
  const recovery = recoveryIn(stderr);
  if (recovery === undefined) return hasRefuge ? [fault(`no recovery file is named: ${stderr.trim()}`)] : [];
  if (!fs.existsSync(recovery)) return [fault('the recovery file that the message names is not there')];
  const mode = fs.statSync(recovery).mode & 0o777;
  const state = await place.sandbox.inspect(holdingOf(recovery).refreshToken);
  return [
    ...(mode === 0o600 ? [] : [fault(`the recovery file has mode ${mode.toString(8)}`)]),
    ...(state === 'live' ? [] : [fault(`the recovery file's token is ${state}`)]),
  ];
}

function recoveryIn(stderr: string): string | undefined {
  return /they are in (\S+\.recovery)$/m.exec(stderr)?.[1];
}

interface Waiting extends Holding {
  readonly file: string;
}

function waitingIn(stderr: string): Waiting | undefined {
  const file = recoveryIn(stderr);
  return file === undefined || !fs.existsSync(file) ? undefined : { file, ...holdingOf(file) };
}

/** A recovery file is taken over and goes away, and so does the preallocated file of a run that failed. */
function problemsIfLeft(waiting: Waiting | undefined, { file }: ConnectedPlace, before: Holding): Problem[] {
  const { refreshToken, generation } = holdingOf(file);
  const isTakenOver = waiting === undefined || refreshToken === waiting.refreshToken || generation > waiting.generation;
  const folder = path.join(path.dirname(file), '.evergrant', path.basename(file));
  // A run that found nothing due took no lock, and cleared nothing.
  const made = generation > before.generation ? fs.readdirSync(folder) : [];
  const preallocated = made.filter((name) => /^[0-9a-f]{16}\./.test(name));
  const left = [waiting?.file ?? '', ...preallocated.map((name) => path.join(folder, name))].filter(
    (found) => found !== '' && fs.existsSync(found),
  );
  return [
    ...(isTakenOver ? [] : [fault('the recovery file was not taken over')]),
    ...left.map((found) => fault(`${path.basename(found)} was left behind`)),
  ];
}
