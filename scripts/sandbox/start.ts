import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemCode } from '../errors';
import { controlRoutes } from './control/control';
import type { Sandbox } from './control/sandbox';
import { commonHeaders } from './http/loopback';
import { makeProvider } from './identity/provider';
import { xeroRoutes } from './routes';
import { installClock } from './world/clock';
import { makeWorld } from './world/seed';
import { makeStateFile, noStateFile, readWorld } from './world/state-file';
import type { VariantChanges } from './world/variants';

/** `port` 0 is any free port. Without a `stateFile`, nothing is kept when the sandbox ends. */
export interface SandboxOptions {
  readonly port: number;
  readonly stateFile?: string | undefined;
  readonly variants?: VariantChanges | undefined;
}

export interface RunningSandbox {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a look-alike of Xero's identity service and of a small part of its API, on loopback only. It changes the whole
 * process: it replaces the global Date and silences the OpenID server's notices.
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  muteProvider();
  const sandbox = await openSandbox(options);
  await sandbox.stateFile.save();
  const provider = await makeProvider(sandbox.world);
  provider.silent = true;
  for (const part of [commonHeaders, controlRoutes(sandbox), xeroRoutes(sandbox, provider)]) provider.use(part);
  const handle = provider.callback();
  const servers = await listen((request, response) => void handle(request, response), options.port);
  return {
    url: `http://localhost:${portOf(servers[0])}`,
    close: async () => {
      await Promise.all(servers.map(stop));
      await sandbox.stateFile.save();
    },
  };
}

async function openSandbox({ stateFile, variants = {} }: SandboxOptions): Promise<Sandbox> {
  const stored = stateFile === undefined ? undefined : await readWorld(stateFile);
  const clock = installClock(stored?.clockOffsetMs);
  const world = stored ?? (await makeWorld());
  Object.assign(world.variants, variants);
  const file = stateFile === undefined ? noStateFile : makeStateFile(stateFile, world);
  return { world, clock, log: [], faults: [], stateFile: file, startVariants: variants };
}

// The OpenID server prints notices at import and later; none of them helps a user of the sandbox.
function muteProvider(): void {
  for (const level of ['info', 'warn'] as const) {
    const speak = console[level];
    console[level] = (...words: unknown[]) => {
      if (!String(words[0]).includes('oidc-provider ')) speak(...words);
    };
  }
}

/** Listens on one port of both 127.0.0.1 and ::1, if the machine has both: programs differ in what `localhost` means. */
async function listen(handler: RequestListener, port: number): Promise<[Server, ...Server[]]> {
  const first = await listenOn(handler, '127.0.0.1', port);
  try {
    return [first, await listenOn(handler, '::1', portOf(first))];
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE') return [first]; // a machine without IPv6
    await stop(first);
    if (port === 0) return listen(handler, port);
    throw error;
  }
}

function listenOn(handler: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(handler);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // it listens on TCP
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
