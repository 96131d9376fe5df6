import { isIP } from 'node:net';
import { callbackTargets } from '../consent/callback-target';
import type { Connected, ConnectOptions } from '../consent/connect';
import { formatAlready, formatReplaced } from '../consent/connected';
import { consentDesk, type Finished } from '../consent/finish';
import { trustedProxies } from '../consent/server/client-address';
import { CallbackLog } from '../consent/server/log';
import { serveCallbacks, type CallbackServerOptions } from '../consent/server/server';
import { nameIn } from '../consent/state';
import { storeOf, type Context } from '../context';
import { invalid, quoted } from '../errors';
import type { LiveCertificate } from '../network/certificate';

export interface CallbackDoorOptions extends ConnectOptions {
  /** Another address than loopback's, where it speaks TLS. */
  readonly address?: string | undefined;
  readonly port: number;
  readonly path: string;
  /** The option by which the path was given. */
  readonly pathOption: '--path' | '--callback-path';
  /** Addresses of proxies whose X-Forwarded-For is trusted, besides one on this machine. Undefined: no proxy is trusted. */
  readonly trustedProxies?: string | undefined;
}

/**
 * How often the files are read again. A PKCE link of an older version is recognised only by the state in its file, which
 * must be known before a person can have signed in.
 */
const rereadMs = 10_000;

/** The callback page at its port. */
export interface CallbackDoor {
  /** As a person would write it. */
  readonly where: string;
  readonly port: number;
  readonly path: string;
  close(): Promise<void>;
}

/** Serves the callback page and finishes every consent whose state it can verify. @throws Failure `invalid` */
export async function openCallbackDoor(
  options: CallbackDoorOptions,
  context: Context,
  tls?: LiveCertificate,
): Promise<CallbackDoor> {
  const { console, now } = context;
  const trusted = options.trustedProxies === undefined ? undefined : trustedProxies(options.trustedProxies);
  checkPath(options);
  const store = storeOf(context);
  await store.names(); // a missing folder is a failure now, before any customer comes
  const index = await store.claims(nameIn);
  const desk = consentDesk(callbackTargets(index, options, context), context);
  const log = new CallbackLog(console.say, now);
  const outside = outsideOf(options, tls);
  const server = await serveCallbacks({
    outside,
    port: options.port,
    path: options.path,
    trusted,
    finish: async (query) => {
      const finished = await desk.finish(query);
      writeLog(finished, log);
      return finished.page;
    },
  });
  const rereading = setInterval(() => void index.reread().catch(() => undefined), rereadMs); // a failure shows at the next callback
  return {
    where: outside === undefined ? `http://localhost:${server.port}` : `https://${outside.address}:${server.port}`,
    port: server.port,
    path: options.path,
    close: async () => {
      clearInterval(rereading);
      desk.close();
      await server.close();
      log.close();
    },
  };
}

/** @throws Failure `invalid` for an address that a code would reach as clear text */
function outsideOf(
  { address }: CallbackDoorOptions,
  tls: LiveCertificate | undefined,
): CallbackServerOptions['outside'] {
  if (address === undefined) return undefined;
  if (isIP(address) !== 4) {
    throw invalid(
      'bad_address',
      `--callback-address is ${quoted(address)}, which is none`,
      'as in --callback-address 0.0.0.0',
    );
  }
  if (tls !== undefined) return { address, tls };
  const hint = 'add --tls-cert and --tls-key, or leave --callback-address out';
  throw invalid('clear_text', `${address} can be reached by other machines, so callbacks there need TLS`, hint);
}

/** @throws Failure `invalid` for a path that no redirect URI of this server can have */
function checkPath({ path, pathOption }: CallbackDoorOptions): void {
  const isPath = /^\/[^?#\s]*$/.test(path) && new URL(path, 'http://localhost').pathname === path;
  if (isPath && path !== '/health') return;
  throw invalid(
    'bad_path',
    `${pathOption} is ${quoted(path)}, which no redirect URI can end with here`,
    `as in ${pathOption} /callback`,
  );
}

/** Writes one line for each callback: its environment and the result, never its code. */
function writeLog({ name, connected, isReload, failure, oldLink }: Finished, log: CallbackLog): void {
  if (isReload === true) return;
  if (connected !== undefined) {
    log.write(formatConnected(connected));
    if (oldLink !== undefined) log.write(oldLink);
  } else if (name === undefined) log.writeFailure('', `refused: ${failure?.message ?? ''}`);
  else log.writeFailure(name, `${name}: refused: ${failure?.message ?? ''} → ${failure?.hint ?? ''}`);
}

function formatConnected(connected: Connected): string {
  if (connected.isAlready === true) return formatAlready(connected);
  const { environment, tenantName, tenantId, others } = connected;
  const also = others.length === 0 ? '' : `, and the same consent to ${others.join(', ')}`;
  return formatReplaced(connected) ?? `${environment.name}: connected to ${tenantName || tenantId}${also}`;
}
