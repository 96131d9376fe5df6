import type { Command } from 'commander';
import type { Context } from '../context';
import { invalid, systemCode } from '../errors';
import type { VariantChanges } from '../sandbox/world/variants';
import { command, port, type Run } from './options';
import { shellQuoted } from '../text/shell';

export interface SandboxCommand {
  readonly port: number;
  readonly stateFile?: string | undefined;
  /** `name=value` pairs, one for each fact of Xero's that is unknown or in conflict. */
  readonly variants: readonly string[];
}

interface SandboxFlags {
  readonly port: number;
  readonly state?: string;
  readonly variant: readonly string[];
}

export function define(program: Command, run: Run): void {
  const collect = (pair: string, pairs: readonly string[]): string[] => [...pairs, pair];
  command(program, 'sandbox', 'run a local Xero look-alike', 'sandbox --port 9080 --state sandbox.json')
    .addOption(port('--port <port>', '0 for any free one', 9080))
    .option('--state <file>', 'keep its state there over restarts; in memory only without')
    .option('--variant <name=value>', 'play one of several readings of Xero; may be given again', collect, [])
    .action(({ port, state, variant }: SandboxFlags) =>
      run((context) => sandbox({ port, stateFile: state, variants: variant }, context)),
    );
}

/** Runs a local Xero look-alike until it is stopped. It moves the clock of the whole process. */
export async function sandbox({ port, stateFile, variants }: SandboxCommand, context: Context): Promise<number> {
  const { startSandbox } = require('../sandbox/start') as typeof import('../sandbox/start');
  const running = await startSandbox({ port, stateFile, variants: variantsOf(variants) }).catch((error: unknown) => {
    throw startFailure(error, port, stateFile);
  });
  context.console.print(`sandbox: ${running.url}`);
  context.console.say(`its page and control API: ${running.url}/  (stop it with Ctrl-C)`);
  const file = shellQuoted(`${context.folder}/try.postman_environment.json`);
  context.console.say(`an environment for it: curl -s '${running.url}/sandbox/environments/web?name=try' > ${file}`);
  await context.signals.stopped();
  await running.close();
  return 0;
}

/** The failure to print when the port or the state file can't be used; any other error is returned as it is. */
function startFailure(error: unknown, port: number, stateFile: string | undefined): unknown {
  const code = systemCode(error);
  if (code === 'EADDRINUSE') {
    const hint = 'take another with --port, or any free one with --port 0';
    return invalid('port_in_use', `port ${port} is in use`, hint, error);
  }
  if (code === undefined || stateFile === undefined) return error;
  return invalid(
    'no_state_file',
    `cannot keep the state in ${stateFile} (${code})`,
    'name another with --state',
    error,
  );
}

function nameAndValue(pair: string): [string, string] {
  const [name = '', ...value] = pair.split('=');
  return [name, value.join('=')];
}

function variantsOf(pairs: readonly string[]): VariantChanges {
  const { VariantChanges: shape } = require('../sandbox/world/variants') as typeof import('../sandbox/world/variants');
  const { safeParse } = require('valibot') as typeof import('valibot');
  const given: unknown = Object.fromEntries(pairs.map(nameAndValue));
  const parsed = safeParse(shape, given);
  if (parsed.success) return parsed.output;
  const names = Object.entries(shape.entries)
    .map(([name]) => name)
    .join(', ');
  throw invalid('bad_variant', `there is no such variant`, `--variant takes NAME=VALUE; the names are ${names}`);
}
