import type { Context } from '../context';
import { invalid, systemCode } from '../errors';
import type { VariantChanges } from '../sandbox/world/variants';

export interface SandboxCommand {
  readonly port: number;
  readonly stateFile?: string;
  /** `name=value` pairs, one for each fact of Xero's that is unknown or in conflict. */
  readonly variants: readonly string[];
}

/** Runs a local Xero look-alike until it is stopped. Takes over the process: its clock is the sandbox's. */
export async function sandbox({ port, stateFile, variants }: SandboxCommand, context: Context): Promise<number> {
  const { startSandbox } = require('../sandbox/start') as typeof import('../sandbox/start');
  const given = stateFile === undefined ? {} : { stateFile };
  const running = await startSandbox({ port, ...given, variants: variantsOf(variants) }).catch((error: unknown) => {
    if (systemCode(error) !== 'EADDRINUSE') throw error;
    throw invalid(
      'port_in_use',
      `port ${port} is in use`,
      'take another with --port, or any free one with --port 0',
      error,
    );
  });
  context.console.print(`sandbox: ${running.url}`);
  context.console.say(`its page and control API: ${running.url}/  (stop it with Ctrl-C)`);
  context.console.say(
    `an environment for it: curl -s '${running.url}/sandbox/environments/web?name=try' > ${context.folder}/try.postman_environment.json`,
  );
  await context.signals.stopped();
  await running.close();
  return 0;
}

function variantsOf(pairs: readonly string[]): VariantChanges {
  const { VariantChanges: shape } = require('../sandbox/world/variants') as typeof import('../sandbox/world/variants');
  const { safeParse } = require('valibot') as typeof import('valibot');
  const given = Object.fromEntries(pairs.map((pair) => pair.split('=', 2)));
  const parsed = safeParse(shape, given);
  if (parsed.success) return parsed.output;
  const names = Object.entries(shape.entries)
    .map(([name]) => name)
    .join(', ');
  throw invalid('bad_variant', `there is no such variant`, `--variant takes NAME=VALUE; the names are ${names}`);
}
