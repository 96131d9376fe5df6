import * as v from 'valibot';
import { startSandbox } from './start';
import { VariantChanges } from './world/variants';

const Options = v.strictObject({
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 0),
  stateFile: v.exactOptional(v.string()),
  variants: v.exactOptional(VariantChanges),
});

/**
 * The sandbox as a process of its own: `node main.js '{"port":0}'`. Prints one line, `{"url": …}`, when it is ready. Ends
 * on SIGTERM, on SIGINT, and when its stdin closes, so that it doesn't run longer than the program that started it.
 */
async function main(argument: string | undefined): Promise<void> {
  const sandbox = await startSandbox(v.parse(Options, JSON.parse(argument ?? '{}')));
  const end = (): void => void sandbox.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  process.stdin.once('close', end).resume();
  process.stdout.write(`${JSON.stringify({ url: sandbox.url })}\n`);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
