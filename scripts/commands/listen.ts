import { callbackTargets } from '../consent/callback-target';
import type { Connected, ConnectOptions } from '../consent/connect';
import { formatReplaced } from '../consent/connected';
import { consentDesk, type Finished } from '../consent/finish';
import { trustedProxies } from '../consent/server/client-address';
import { CallbackLog } from '../consent/server/log';
import { serveCallbacks } from '../consent/server/server';
import { nameIn } from '../consent/state';
import { storeOf, type Context } from '../context';
import { invalid, quoted } from '../errors';

export interface ListenCommand extends ConnectOptions {
  readonly port: number;
  readonly path: string;
  /** Proxies whose X-Forwarded-For is believed, besides this machine's own; undefined: nobody's. */
  readonly trustedProxies?: string;
}

/** An older version's PKCE link names nobody, and is known by what it left in its file: well before anybody has signed in. */
const rereadMs = 10_000;

/** Serves the callback page and finishes every consent whose state it can verify, until it is stopped. */
export async function listen(options: ListenCommand, context: Context): Promise<number> {
  const { console, folder, now, signals } = context;
  const trusted = options.trustedProxies === undefined ? undefined : trustedProxies(options.trustedProxies);
  checkPath(options.path);
  const store = storeOf(context);
  await store.names(); // says now that the folder is missing, not to customers
  const index = await store.claims(nameIn);
  const desk = consentDesk(callbackTargets(index, options, context), context);
  const log = new CallbackLog(console.say, now);
  const server = await serveCallbacks({
    port: options.port,
    path: options.path,
    trusted,
    finish: async (query) => {
      const finished = await desk.finish(query);
      writeDown(finished, log);
      return finished.page;
    },
  });
  const rereading = setInterval(() => void index.reread().catch(() => undefined), rereadMs); // the next callback says why
  console.print(`listening: http://localhost:${server.port}${options.path}`);
  console.say(
    `for all environments in ${folder}; health: http://localhost:${server.port}/health (stop it with Ctrl-C)`,
  );
  await signals.stopped();
  clearInterval(rereading);
  desk.close();
  await server.close();
  log.close();
  return 0;
}

/** @throws Failure `invalid` for one that no redirect URI of this server could have */
function checkPath(path: string): void {
  const isPath = /^\/[^?#\s]*$/.test(path) && new URL(path, 'http://localhost').pathname === path;
  if (isPath && path !== '/health') return;
  throw invalid(
    'bad_path',
    `--path is ${quoted(path)}, which no redirect URI can end with here`,
    'as in --path /callback',
  );
}

/** Who and what, never a code. */
function writeDown({ name, connected, failure, oldLink }: Finished, log: CallbackLog): void {
  if (connected !== undefined) {
    log.write(lineOf(connected));
    if (oldLink !== undefined) log.write(oldLink);
  } else if (name === undefined) log.writeFailure('', `refused: ${failure?.message ?? ''}`);
  else log.writeFailure(name, `${name}: refused: ${failure?.message ?? ''} → ${failure?.hint ?? ''}`);
}

function lineOf(connected: Connected): string {
  const { environment, tenantName, tenantId } = connected;
  return formatReplaced(connected) ?? `${environment.name}: connected to ${tenantName || tenantId}`;
}
