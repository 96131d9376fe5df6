import { Option, type Command } from 'commander';
import { command, duration, load, type Run } from '../commands/options';

interface StatusFlags {
  readonly json?: true;
  readonly metrics?: string;
  readonly html?: string;
  readonly watch?: true;
  readonly interval: number;
}

export function defineStatusCommand(program: Command, run: Run): void {
  command(
    program,
    'status [names...]',
    'show every connection, most urgent first; asks nobody, spends nothing',
    'status',
  )
    .option('--json', 'print JSON')
    .addOption(new Option('--watch', 'draw it again and again').conflicts(['json', 'metrics', 'html']))
    .addOption(duration('--interval <duration>', 'how long --watch waits in between', '2s'))
    .option('--metrics <file>', "write it for Prometheus' textfile collector instead; the name ends in .prom")
    .option('--html <file>', 'write it as one page instead, for this user to look at')
    .action((names: string[], { json, metrics, html, watch, interval }: StatusFlags) => {
      const files = {
        ...(metrics === undefined ? {} : { metricsFile: metrics }),
        ...(html === undefined ? {} : { htmlFile: html }),
      };
      const options = { names, isJson: json === true, ...files, ...(watch ? { watchEveryMs: interval } : {}) };
      return run((context) => load('status').status(options, context));
    });
}
