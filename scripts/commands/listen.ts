import type { Command } from 'commander';
import { storeOf, type Context } from '../context';
import { openCallbackDoor, type CallbackDoorOptions } from '../serve/callback-door';
import { command, duration, port, type Run } from './options';

interface ListenFlags {
  readonly port: number;
  readonly path: string;
  readonly trustProxy?: true | string;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  command(program, 'listen', 'serve the callback page and finish every consent that comes in', 'listen --port 8080')
    .addOption(port('--port <port>', 'on loopback; a reverse proxy stands before it for a public redirect URI', 8080))
    .option('--path <path>', 'the path of the redirect URI', '/callback')
    .option(
      '--trust-proxy [addresses]',
      "tell clients apart by X-Forwarded-For, as this machine's proxy and those at the addresses have it",
    )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action(({ port, path, trustProxy, wait }: ListenFlags) => {
      const trustedProxies = trustProxy === true ? '' : trustProxy;
      return run((context) =>
        listen({ port, path, pathOption: '--path', waitMs: wait, patienceMs: wait, trustedProxies }, context),
      );
    });
}

/** Serves the callback page and finishes every consent whose state it can verify, until it is stopped. */
export async function listen(options: CallbackDoorOptions, context: Context): Promise<number> {
  const { console, signals } = context;
  const door = await openCallbackDoor(options, context);
  console.print(`listening: http://localhost:${door.port}${options.path}`);
  console.say(
    `for all environments in ${storeOf(context).where}; health: http://localhost:${door.port}/health (stop it with Ctrl-C)`,
  );
  await signals.stopped();
  await door.close();
  return 0;
}
