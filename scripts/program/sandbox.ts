import { Option, type Command } from 'commander';
import { command, load, port, type Run } from '../commands/options';
import type { QaCommand } from '../commands/qa';
import type { Context } from '../context';
import { invalid } from '../errors';

export function defineSandboxCommands(program: Command, run: Run): void {
  const collect = (pair: string, pairs: readonly string[]): string[] => [...pairs, pair];
  command(program, 'sandbox', 'run a local Xero look-alike', 'sandbox --port 9080 --state sandbox.json')
    .addOption(port('--port <port>', '0 for any free one', 9080))
    .option('--state <file>', 'keep its state there over restarts; in memory only without')
    .option('--variant <name=value>', 'play one of several readings of Xero; may be given again', collect, [])
    .action(({ port, state, variant }: { port: number; state?: string; variant: string[] }) =>
      run((context) => {
        const given = state === undefined ? {} : { stateFile: state };
        return load('sandbox').sandbox({ port, variants: variant, ...given }, context);
      }),
    );
  command(program, 'demo', 'play the whole story on the sandbox', 'demo --manual')
    .option('--manual', 'wait for you in the browser instead of the scripted person')
    .option('--report <dir>', 'where the HTML reports go', 'reports')
    .action(({ manual, report }: { manual?: true; report: string }) =>
      run((context) => load('demo').demo({ isManual: manual === true, reportFolder: report }, context)),
    );
  command(program, 'qa', 'play every authorisation flow, good and bad', 'qa --report reports')
    .option('--grep <text>', 'only scenarios with this in their id or title', '')
    .option('--bail', 'stop at the first that fails')
    .option('--seed <seed>', 'the order, and the random bytes of the scripts, of an earlier run')
    .option('--report <dir>', 'where the page, the JUnit file, the summary and the recording go', 'reports')
    .option('--live <name>', 'play what Xero itself can bear, with this environment of a demo company')
    .option('--junit <file>', 'where the JUnit file goes, if not with the others')
    .option('--replay <recording>', 'play a recording again, offline, and show the first difference')
    .addOption(compare)
    .option('--list', 'only say which scenarios there are')
    .option('--json', 'the results as JSON')
    .action((given: QaOptions) => run((context) => runQa(given, context)));
}

interface QaOptions {
  readonly grep: string;
  readonly bail?: true;
  readonly seed?: string;
  readonly report: string;
  readonly live?: string;
  readonly junit?: string;
  readonly replay?: string;
  readonly compare?: readonly string[];
  readonly list?: true;
  readonly json?: true;
}

const compare = new Option(
  '--compare <recordings...>',
  "what differs between Xero's answers and the sandbox's: LIVE SANDBOX",
);

function runQa(given: QaOptions, context: Context): Promise<number> {
  const [live, sandbox, ...more] = given.compare ?? [];
  const isJson = given.json === true;
  if (given.replay !== undefined) return load('../qa/replay-run').replayRun(given.replay, context, { isJson });
  if (live === undefined) return load('qa').qa(qaCommand(given), context);
  if (sandbox !== undefined && more.length === 0) {
    return load('../qa/compare-run').compareRecordings(live, sandbox, context, { isJson });
  }
  throw invalid('which', '--compare takes two recordings', 'npx evergrant qa --compare LIVE SANDBOX');
}

function qaCommand({ grep, bail, seed, report, live, junit, list, json }: QaOptions): QaCommand {
  const chosen = { ...(seed === undefined ? {} : { seed }), ...(live === undefined ? {} : { live }) };
  const place = { reportFolder: report, ...(junit === undefined ? {} : { junitFile: junit }) };
  return { grep, isBail: !!bail, isList: !!list, isJson: !!json, ...place, ...chosen };
}
