import { environmentNamed, refreshEffects, type Context } from '../context';
import { secretsOf } from '../environment/environment';
import { attemptRefresh } from '../fleet/attempt';
import { cleanResult } from '../report/clean';
import type { ScenarioResult } from '../report/result';
import { scrub, scrubber } from '../text/scrub';
import { playAll } from './play-all';
import { playableScenarios, refuseProduction, requireConnection } from './play/live';
import { liveTarget } from './play/live-target';
import type { QaRun } from './play/result';
import { inSeededOrder, matchingScenarios } from './play/select';
import { sandboxTarget, type Target } from './play/target';
import { printJson, printResult, printRun } from './report/print';
import { cleanRun, tryQaReport, writeQaReport } from './report/write';

export interface QaCommand {
  readonly seed: string;
  /** Only scenarios that one of these regular expressions fits; all without any. */
  readonly grep: readonly string[];
  readonly isBail: boolean;
  readonly isJson: boolean;
  /** An environment to play with at Xero itself. */
  readonly live?: string | undefined;
  readonly reportFolder: string;
  /** Where the JUnit file goes, for a CI that looks elsewhere. Default: beside the other files. */
  readonly junitFile?: string | undefined;
}

/**
 * Plays every scenario of the QA collection, or some, and says which failed. Off a terminal, each has its line as soon as
 * it ends. A signal waits for the scenario under way; then all files are written. Exit code 1 when one failed, that of the
 * signal when some were not run.
 */
export async function playRun(options: QaCommand, context: Context): Promise<number> {
  const { seed, isJson, isBail, live } = options;
  const { console, signals } = context;
  const place = { folder: options.reportFolder, junitFile: options.junitFile };
  const { playable, leftOut } = playableScenarios(live !== undefined);
  const scenarios = inSeededOrder(matchingScenarios(playable, options.grep), seed);
  tryQaReport(place);
  const target = live === undefined ? await sandboxTarget() : await xeroTarget(live, context);
  const onResult = (result: ScenarioResult): void => {
    if (console.isTerminal) return;
    printResult(
      cleanResult(result, (text) => scrub(text, console.secrets)),
      isJson ? console.say : console.print,
      console,
    );
  };
  return await signals.uninterrupted(async () => {
    try {
      const recorded = await playAll(scenarios, target, { seed, isBail, onResult }, context);
      const run = cleanRun(recorded.run, scrubber(console.secrets));
      if (isJson) printJson(run, leftOut, console);
      else printRun(run, leftOut, console);
      for (const file of writeQaReport(place, recorded, console.secrets)) console.say(`report: ${file}`);
      return exitCodeOf(run, signals.exitCode());
    } finally {
      target.end();
    }
  });
}

function exitCodeOf({ results, stoppedBy }: QaRun, codeOfSignal: number): number {
  if (results.every(({ outcome }) => outcome === 'passed')) return 0;
  const isFailed = results.some(({ outcome }) => outcome === 'failed');
  return stoppedBy === 'signal' && !isFailed ? codeOfSignal : 1;
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
