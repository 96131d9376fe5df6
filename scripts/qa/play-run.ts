import { randomInt } from 'node:crypto';
import path from 'node:path';
import { environmentNamed, refreshEffects, type Context } from '../context';
import { secretsOf } from '../environment/environment';
import { attemptRefresh } from '../fleet/attempt';
import { writeReport } from '../report/files';
import { scrubber } from '../text/scrub';
import { playAll, type Playing } from './play-all';
import { liveScenarios, refuseProduction, requireConnection } from './play/live';
import { liveTarget } from './play/live-target';
import { readScenarios } from './play/read-scenarios';
import { selectScenarios } from './play/select';
import { sandboxTarget, type Target } from './play/target';
import { printRun } from './report/print';
import { cleanRun, writeQaReport } from './report/write';

export interface QaCommand extends Omit<Playing, 'seed'> {
  readonly grep: string;
  /** Only say which there are. */
  readonly isList: boolean;
  readonly isJson: boolean;
  /** An environment to play with at Xero itself. */
  readonly live?: string | undefined;
  /** Undefined for one of its own. */
  readonly seed?: string | undefined;
  readonly reportFolder: string;
  /** Where the JUnit file goes, for a CI that looks elsewhere. Default: beside the other files. */
  readonly junitFile?: string | undefined;
}

/** Plays every scenario of the QA collection, or some, and says which failed. One that was not played is a failure. */
export async function playRun(options: QaCommand, context: Context): Promise<number> {
  if (options.isList) return list(context);
  const seed = options.seed ?? String(randomInt(1_000_000));
  const all = readScenarios();
  const { playable, leftOut } = options.live === undefined ? { playable: all, leftOut: [] } : liveScenarios(all);
  const scenarios = selectScenarios(playable, options.grep, seed);
  const target = options.live === undefined ? await sandboxTarget() : await xeroTarget(options.live, context);
  try {
    const { run, recording } = await playAll(scenarios, target, { seed, isBail: options.isBail }, context);
    printRun(cleanRun(run, scrubber(context.console.secrets)), leftOut, options.isJson, context);
    const { reportFolder: folder, junitFile } = options;
    const files = writeQaReport(
      { folder, ...(junitFile === undefined ? {} : { junitFile }) },
      run,
      context.console.secrets,
    );
    const recordingFile = path.join(folder, 'qa.recording.json');
    writeReport(recordingFile, recording);
    for (const file of [...files, recordingFile]) context.console.say(`report: ${file}`);
    return run.results.every(({ outcome }) => outcome === 'passed') ? 0 : 1;
  } finally {
    target.end();
  }
}

function list({ console }: Context): number {
  for (const { id, title, isLive } of readScenarios())
    console.print(`${id}  ${title}${isLive ? ' (also --live)' : ''}`);
  return 0;
}

/** @throws Failure `invalid` for an environment that is not connected, or marked as production */
async function xeroTarget(name: string, context: Context): Promise<Target> {
  const stored = environmentNamed(context, name);
  const environment = await stored.read();
  refuseProduction(environment);
  requireConnection(environment);
  for (const secret of secretsOf(environment)) context.console.secrets.add(secret);
  const options = { profile: { kind: 'keep_alive' }, isForced: true, patienceMs: 60_000, waitMs: 30_000 } as const;
  const effects = refreshEffects(context, options.patienceMs);
  return liveTarget({
    read: stored.read,
    refresh: async () => {
      await attemptRefresh(stored, options, effects, context);
    },
  });
}
