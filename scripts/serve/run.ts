import { trustedProxies } from '../consent/server/client-address';
import { storeOf, type Context } from '../context';
import { invalid, type Failure } from '../errors';
import { LiveCertificate } from '../network/certificate';
import { accessDesk, type AccessDeskOptions } from './access-desk';
import { clientDesk } from './client-desk';
import { descriptorsIn, openDoors, refuseTwice, tcpPlace } from './doors';
import { healthOf } from './health';
import { LoopWatch } from './loop-watch';
import { renewInTime } from './renewal';
import { startResidents, type ResidentOptions } from './residents';
import { longestMinValidityMs } from './routes';
import { makeService } from './server';
import { groupNamed } from './unix-socket';
import { UseLog } from './use-log';

export interface ServeCommand extends AccessDeskOptions {
  /** Paths of unix sockets. */
  readonly sockets: readonly string[];
  /** The group that may connect to them, by name or number. */
  readonly group: string | undefined;
  /** `ADDRESS:PORT`. With no door at all, {@link usualPlace}. */
  readonly listen: readonly string[];
  /** Further names by which this server is called. */
  readonly hosts: readonly string[];
  /** The files of a certificate and its key, both or none. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  /** Addresses of proxies that may hand requests on, besides one on this machine. Undefined: none may. */
  readonly trustedProxies: string | undefined;
  readonly minValidityMs: number;
  /** What it does beside answering. */
  readonly residents: ResidentOptions;
}

const usualPlace = '127.0.0.1:8099';

/** Hands out access tokens at all doors until a signal comes; then the answers in progress are finished. */
export async function serve(options: ServeCommand, context: Context): Promise<number> {
  const { console, now, signals, variables } = context;
  if (options.minValidityMs > longestMinValidityMs) throw tooLongValidity();
  const loop = new LoopWatch(() => performance.now(), options.residents.warm !== undefined);
  const health = healthOf(context, loop);
  await health.read(); // a missing folder is a failure now, before anybody asks
  const clients = clientDesk(storeOf(context).clients(), now);
  await clients.read();
  const descriptors = descriptorsIn(variables(), process.pid);
  const isWithoutDoor = [...options.sockets, ...options.listen, ...descriptors].length === 0;
  const tcp = (isWithoutDoor ? [usualPlace] : options.listen).map(tcpPlace);
  const { callback } = options.residents;
  refuseTwice([
    ...tcp,
    ...(callback === undefined ? [] : [{ host: callback.address ?? 'localhost', port: callback.port }]),
  ]);
  const gid = options.group === undefined ? undefined : groupNamed(options.group);
  const trusted = options.trustedProxies === undefined ? undefined : trustedProxies(options.trustedProxies);
  const hosts = hostsOf(
    options.hosts,
    tcp.map(({ host }) => host),
  );
  const tls = certificateOf(options);
  const access = accessDesk(options, context);
  const log = new UseLog(console.say, now);
  const service = makeService(
    { hosts, trusted, minValidityMs: options.minValidityMs },
    { access, clients, health, loop },
    log,
    context,
  );
  const places = { sockets: options.sockets.map((path) => ({ path, gid })), tcp, descriptors };
  const doors = await openDoors({ ...places, tls, isBehindProxy: trusted !== undefined }, service.handlerOf);
  const residents = await startResidents(options.residents, context, { tls, loop });
  const renewal = tls && renewInTime(tls, context);
  for (const { where } of doors) console.print(`listening: ${where}`);
  for (const line of residents.lines) console.print(line);
  console.tell(`for all environments in ${storeOf(context).where} (stop it with Ctrl-C)`);
  await signals.stopped();
  service.stop();
  renewal?.stop();
  await Promise.all([...doors.map((door) => door.close()), residents.close()]);
  access.close();
  log.close();
  return 0;
}

/** Names that mean this machine, where no page elsewhere can lead; the addresses listened on; and those that were named. */
function hostsOf(named: readonly string[], addresses: readonly string[]): ReadonlySet<string> {
  const listened = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  const all = ['localhost', '127.0.0.1', '[::1]', ...listened, ...named.map((name) => name.toLowerCase())];
  return new Set(all.filter((host) => host !== '0.0.0.0' && host !== '[::]'));
}

/** @throws Failure `invalid` unless both files are there, or none is named */
function certificateOf({ tlsCert, tlsKey }: ServeCommand): LiveCertificate | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw invalid('half_tls', 'TLS needs a certificate and its key', 'say both: --tls-cert FILE --tls-key FILE');
  }
  return LiveCertificate.read({ cert: tlsCert, key: tlsKey });
}

function tooLongValidity(): Failure {
  const message = '--min-validity is longer than 25m: tokens live for 30, so every request would refresh';
  return invalid('bad_validity', message, 'leave --min-validity out for 5m');
}
