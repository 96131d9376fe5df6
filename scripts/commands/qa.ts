import { randomInt } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { Context } from '../context';
import { invalid } from '../errors';
import { command, type Run } from './options';

interface QaFlags {
  readonly grep?: readonly string[];
  readonly bail?: boolean;
  readonly seed?: string;
  readonly report: string;
  readonly live?: string | true;
  readonly junit?: string;
  readonly replay?: string;
  readonly compare?: readonly string[];
  readonly list?: boolean;
  readonly json?: boolean;
}

export function define(program: Command, run: Run): void {
  command(program, 'qa', 'play every authorisation flow, good and bad', 'qa --report reports')
    .option('--grep <pattern>', 'only scenarios whose id or title this regular expression fits; may be repeated', added)
    .option('--bail', 'stop at the first that fails')
    .option('--seed <seed>', 'the order, and the random bytes of the scripts, of an earlier run')
    .option('--report <dir>', 'where the page, the JUnit file, the summary and the recording go', 'reports')
    .option('--live [environment]', 'play what Xero itself can bear, with this environment of a demo company')
    .option('--junit <file>', 'where the JUnit file goes, if not with the others')
    .option('--replay <recording>', 'play a recording again, offline, and show the first difference')
    .addOption(compare)
    .option('--list', 'only say which scenarios there are; with --live, which of them Xero can bear')
    .option('--json', 'the results as JSON')
    .action((flags: QaFlags) => run((context) => qa(flags, context)));
}

function added(pattern: string, before: readonly string[] = []): readonly string[] {
  return [...before, pattern];
}

const compare = new Option(
  '--compare <recordings...>',
  "what differs between Xero's answers and the sandbox's: LIVE SANDBOX",
);

/** Plays the scenarios, or replays or compares recordings. Loads only what it runs, because Newman takes long to load. */
async function qa(flags: QaFlags, context: Context): Promise<number> {
  const { compare: recordings, replay, list = false, json: isJson = false } = flags;
  if (replay !== undefined) {
    const { replayRun } = require('../qa/replay-run') as typeof import('../qa/replay-run');
    return await replayRun(replay, context, { isJson });
  }
  if (recordings !== undefined) {
    const [live, sandbox, ...more] = recordings;
    if (live === undefined || sandbox === undefined || more.length > 0) {
      throw invalid('which', '--compare takes two recordings', 'npx evergrant qa --compare LIVE SANDBOX');
    }
    const { compareRecordings } = require('../qa/compare-run') as typeof import('../qa/compare-run');
    return await compareRecordings(live, sandbox, context, { isJson });
  }
  const { grep = [], bail = false, seed = String(randomInt(1_000_000)), live, report, junit } = flags;
  if (list) {
    const { listRun } = require('../qa/list-run') as typeof import('../qa/list-run');
    return listRun({ grep, isLive: live !== undefined, isJson }, context);
  }
  if (live === true) {
    throw invalid('which', '--live takes the name of an environment', 'npx evergrant qa --live NAME');
  }
  const { playRun } = require('../qa/play-run') as typeof import('../qa/play-run');
  const files = { reportFolder: report, junitFile: junit };
  return await playRun({ seed, grep, isBail: bail, isJson, live, ...files }, context);
}
