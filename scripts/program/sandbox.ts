import type { Command } from 'commander';
import { command, load, type Run } from './command';

export function defineSandboxCommands(program: Command, run: Run): void {
  const collect = (pair: string, pairs: readonly string[]): string[] => [...pairs, pair];
  command(program, 'sandbox', 'run a local Xero look-alike', 'sandbox --port 9080 --state sandbox.json')
    .option('--port <port>', '0 for any free one', Number, 9080)
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
    .option('--grep <text>', 'only scenarios whose id or title has it')
    .option('--bail', 'stop at the first that fails')
    .action(({ grep, bail }: { grep?: string; bail?: true }) =>
      run((context) => load('qa').qa({ isBail: bail === true, ...(grep === undefined ? {} : { grep }) }, context)),
    );
}
