import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  holdingOf,
  lost,
  problemsAfterRun,
  problemsAtRest,
  type ConnectedPlace,
  type Holding,
  type Problem,
} from '../connected-place';
import { refreshInProcess } from '../in-process';
import { recordSteps, type Step, type StepPlan } from '../stepped-program';
import { DiskModel } from './disk-model';
import { fingerprintOf, readTree, writeTree, type Tree } from './disk-tree';

/** A run of the program whose every moment the power may go in. */
export interface Recorded {
  readonly before: Tree;
  readonly steps: readonly Step[];
  /** What the environment file held before the run. */
  readonly old: Holding;
  /** The refresh token that the run brought, or the old one if it brought none. */
  readonly newToken: string;
  /** Whether the old one had been redeemed before the run. */
  readonly wasSpent: boolean;
}

/** What a power cut may leave, and what the server knows by then. */
export interface CutState {
  readonly tree: Tree;
  readonly isSpent: boolean;
  /** The run had ended: its token set must be on the disk. */
  readonly isSaved: boolean;
  readonly when: string;
}

/** Records a run, and makes sure that the journal tells all of it: replayed, it must end in what the disk really has. */
export async function recordRun(
  place: ConnectedPlace,
  args: readonly string[],
  plan: StepPlan = {},
): Promise<Recorded> {
  const before = readTree(place.folder);
  const old = holdingOf(place.file);
  const wasSpent = (await place.sandbox.inspect(old.refreshToken)) !== 'live';
  const { steps } = await recordSteps(place.folder, args, plan);
  const model = new DiskModel(place.folder, before);
  for (const change of steps.flatMap(({ changes }) => changes)) model.apply(change);
  if (fingerprintOf(model.live()) !== fingerprintOf(readTree(place.folder))) {
    throw new Error('the journal does not end in what is on the disk: a change was not recorded');
  }
  return { before, steps, old, newToken: newestToken(place.file), wasSpent };
}

/** The newest token set's refresh token: the environment's, or that of a whole recovery file beside it. */
function newestToken(file: string): string {
  const recovery = path.join(path.dirname(file), `.${path.basename(file)}.recovery`);
  try {
    return holdingOf(recovery).refreshToken;
  } catch {
    return holdingOf(file).refreshToken;
  }
}

/** Every state that a power cut at any moment of a run may leave, each once; found in pieces, to let others work. */
export async function cutStates(recorded: Recorded, folder: string): Promise<CutState[]> {
  const states: CutState[] = [];
  for (const state of eachCutState(recorded, folder)) {
    states.push(state);
    if (states.length % 20 === 0) await setImmediate();
  }
  return states;
}

function* eachCutState({ before, steps, wasSpent }: Recorded, folder: string): Generator<CutState> {
  const model = new DiskModel(folder, before);
  const seen = new Set<string>();
  let isSpent = wasSpent;
  const moment = function* (when: string, isSaved: boolean): Generator<CutState> {
    for (const tree of model.afterPowerCut()) {
      const fingerprint = `${fingerprintOf(tree)} ${isSpent} ${isSaved}`;
      if (seen.has(fingerprint)) continue;
      seen.add(fingerprint);
      yield { tree, isSpent, isSaved, when };
    }
  };
  for (const [index, { call, place, changes }] of steps.entries()) {
    isSpent ||= call === 'socket write';
    for (const change of changes) {
      model.apply(change);
      yield* moment(`${change.op} in step ${index + 1}, ${call} ${path.relative(folder, place)}`, false);
    }
    if (call === 'socket write') yield* moment('the request', false);
  }
  yield* moment('the end of the run', true);
}

/**
 * Builds a state, with the tokens of a grant that is alive now in place of those recorded, brings the sandbox to what it
 * would know, and lets the program run on it.
 */
export async function tryState(state: CutState, recorded: Recorded, place: ConnectedPlace): Promise<Problem[]> {
  const { old, newToken } = recorded;
  const live = newestToken(place.file);
  const successor = state.isSpent ? await redeem(place, live) : newToken;
  const tokens = new Map([
    [old.refreshToken, live],
    [newToken, successor],
  ]);
  writeTree(place.folder, replaceTokens(state.tree, tokens));
  const problems = problemsAtRest(place, old);
  const ended = await refreshInProcess(place.folder, 'if due');
  problems.push(...(await problemsAfterRun(place, ended, old)));
  if (problems.length === 0 && state.isSaved && holdingOf(place.file).refreshToken !== successor) {
    problems.push(lost('the run had ended, and its tokens were not on the disk, or not taken over'));
  }
  if (problems.some(({ kind }) => kind === 'lost')) await place.connect();
  return problems;
}

/** Spends a refresh token as the program would have: its successor. */
async function redeem({ file, sandbox }: ConnectedPlace, refreshToken: string): Promise<string> {
  const { values } = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string; value: string }[] };
  const valueOf = (wanted: string): string => values.find(({ key }) => key === wanted)?.value ?? '';
  const [id, secret] = [valueOf('client_id'), valueOf('client_secret')];
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...(secret === '' ? { client_id: id } : {}),
  };
  const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
  const response = await fetch(`${sandbox.url}/connect/token`, {
    method: 'POST',
    ...(secret === '' ? {} : { headers }),
    body: new URLSearchParams(form),
  });
  const { refresh_token: successor } = (await response.json()) as { refresh_token?: string };
  if (successor === undefined) throw new Error(`the sandbox did not take the token: ${response.status}`);
  return successor;
}

function replaceTokens(tree: Tree, tokens: ReadonlyMap<string, string>): Tree {
  const replaced = (content: Buffer): Buffer => {
    let text = content.toString('latin1');
    for (const [recorded, live] of tokens) text = text.replaceAll(recorded, live);
    return Buffer.from(text, 'latin1');
  };
  return new Map(
    [...tree].map(([place, { mode, content }]) => [place, { mode, content: content && replaced(content) }]),
  );
}
