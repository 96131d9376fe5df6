import fs from 'node:fs';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invalid, quoted, systemCode, type Failure } from '../errors';
import type { LiveCertificate } from '../network/certificate';
import { boundedServer, listenOn, serveLoopback } from '../network/loopback';
import type { Door } from './guards';
import { serveSocket, type OpenDoor, type SocketPlace } from './unix-socket';

/** Where to listen on TCP. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

export interface DoorOptions {
  readonly sockets: readonly SocketPlace[];
  readonly tcp: readonly TcpPlace[];
  /** Descriptors that systemd has opened already. */
  readonly descriptors: readonly number[];
  readonly tls: LiveCertificate | undefined;
  /** Whether clear text from other machines is allowed, from trusted proxies alone. */
  readonly isBehindProxy: boolean;
}

/** Programs ask often, over connections that stay open; a thousand may come at once. */
const limits = { connections: 4_096, unasked: 4_096, requestsEach: 0 };

/**
 * Opens all doors, or none. @throws Failure `invalid` for a place that is taken, or that may not be open to other
 * machines as clear text
 */
export async function openDoors(options: DoorOptions, handlerOf: (door: Door) => RequestListener): Promise<OpenDoor[]> {
  const opened: OpenDoor[] = [];
  try {
    for (const place of options.sockets) {
      opened.push(await serveSocket(boundedServer(handlerOf(socketDoor), limits), place));
    }
    for (const place of options.tcp) opened.push(await openTcp(place, options, handlerOf));
    for (const descriptor of options.descriptors) opened.push(await openDescriptor(descriptor, options, handlerOf));
    return opened;
  } catch (error) {
    await Promise.all(opened.map((door) => door.close()));
    throw error;
  }
}

const socketDoor: Door = { kind: 'socket', scheme: 'http', isForProxies: false };

async function openTcp(
  { host, port }: TcpPlace,
  options: DoorOptions,
  handlerOf: (door: Door) => RequestListener,
): Promise<OpenDoor> {
  const door = tcpDoor(host, options);
  const bounds = { ...limits, tls: options.tls };
  if (isLoopbackHost(host)) {
    const { port: taken, close } = await serveLoopback(handlerOf(door), port, bounds);
    return { where: `${door.scheme}://${host.includes(':') ? '[::1]' : host}:${taken}`, close };
  }
  const { server, close } = await listenOn(handlerOf(door), host, port, bounds);
  return { where: `${door.scheme}://${atPort(host, (server.address() as AddressInfo).port)}`, close }; // it listens on TCP
}

/** @throws Failure `invalid` for clear text that other machines could read */
function tcpDoor(host: string, { tls, isBehindProxy }: DoorOptions): Door {
  const [isLocal, isSafe] = [isLoopbackHost(host), tls !== undefined];
  if (!isLocal && !isSafe && !isBehindProxy) throw clearText(host);
  return { kind: 'tcp', scheme: isSafe ? 'https' : 'http', isForProxies: !isLocal && !isSafe };
}

/** A socket that systemd has opened: a unix socket, or TCP, to which the same rules apply. */
async function openDescriptor(
  fd: number,
  options: DoorOptions,
  handlerOf: (door: Door) => RequestListener,
): Promise<OpenDoor> {
  let handle: RequestListener = () => undefined;
  const plain = boundedServer((request, response) => handle(request, response), limits);
  await new Promise<void>((resolve, reject) => {
    plain.server.once('error', (error) => reject(noDescriptor(fd, error)));
    plain.server.listen({ fd }, resolve);
  });
  const address = plain.server.address();
  try {
    if (address === null || typeof address === 'string') {
      const place = socketOf(fd);
      if (place !== undefined && isOpenToAll(place)) throw openToAll(place);
      handle = handlerOf(socketDoor);
      return { where: place ?? `descriptor ${fd}`, close: plain.close };
    }
    if (options.tls !== undefined) throw tlsByDescriptor();
    handle = handlerOf(tcpDoor(address.address, options));
    return { where: `http://${atPort(address.address, address.port)}`, close: plain.close };
  } catch (error) {
    await plain.close();
    throw error;
  }
}

/** Where the unix socket with this descriptor is, as Linux tells; undefined where it can't be found out. */
function socketOf(fd: number): string | undefined {
  try {
    const { ino } = fs.fstatSync(fd, { bigint: true });
    const line = new RegExp(`^(?:\\S+ +){6}${ino} (/.*)$`, 'm').exec(fs.readFileSync('/proc/self/net/unix', 'utf8'));
    return line?.[1];
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** On Linux, who may write a socket's file may connect. */
function isOpenToAll(place: string): boolean {
  return ((fs.statSync(place, { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;
}

function openToAll(place: string): Failure {
  const message = `${place} is open to every user of this machine, and whoever may connect has all tokens`;
  return invalid('open_socket', message, 'set SocketMode=0660 and SocketGroup= in its .socket unit');
}

/** Reads `--listen`: `127.0.0.1:8099`, `[::1]:8099`, `localhost:8099`. @throws Failure `invalid` */
export function tcpPlace(text: string): TcpPlace {
  const [, bracketed, plain, port = ''] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host: host.toLowerCase(), port: Number(port) };
  throw invalid(
    'bad_address',
    `--listen takes ADDRESS:PORT, the port up to 65535, not ${quoted(text)}`,
    'as in --listen 127.0.0.1:8099',
  );
}

function isLoopbackHost(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host);
}

/** @throws Failure `invalid` for a port that is asked for twice: the second would be said to be another program's */
export function refuseTwice(places: readonly TcpPlace[]): void {
  const again = places.find((one, at) => places.slice(0, at).some((other) => isSamePlace(one, other)));
  if (again === undefined) return;
  const message = `port ${again.port} is asked for twice, by --listen or --callback-port`;
  throw invalid('port_twice', message, 'give each a port of its own, as in --callback-port 8080');
}

function isSamePlace(one: TcpPlace, other: TcpPlace): boolean {
  const hosts = [one.host, other.host].map((host) => (isLoopbackHost(host) ? 'localhost' : host));
  const isSameHost = new Set(hosts).size === 1 || hosts.some((host) => ['0.0.0.0', '::'].includes(host));
  return one.port === other.port && one.port !== 0 && isSameHost;
}

function atPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The descriptors that systemd hands over, from 3 on (sd_listen_fds(3)); none that were meant for another process.
 */
export function descriptorsIn(variables: NodeJS.ProcessEnv, pid: number): readonly number[] {
  const count = /^\d{1,3}$/.test(variables['LISTEN_FDS'] ?? '') ? Number(variables['LISTEN_FDS']) : 0;
  if (variables['LISTEN_PID'] !== String(pid)) return [];
  return Array.from({ length: count }, (_, at) => firstDescriptor + at);
}

const firstDescriptor = 3;

function clearText(host: string): Failure {
  return invalid(
    'clear_text',
    `${host} can be reached by other machines, which would read client secrets and tokens in clear text`,
    'add --tls-cert and --tls-key, or listen on 127.0.0.1; behind a reverse proxy that speaks TLS, say its address: --trust-proxy 10.0.0.1',
  );
}

function tlsByDescriptor(): Failure {
  const hint = 'let systemd open a unix socket, or leave the port to --listen';
  return invalid('tls_by_descriptor', 'a TCP port that systemd has opened is not served by TLS', hint);
}

function noDescriptor(fd: number, cause: unknown): Failure {
  const hint = 'see the .socket unit, or leave LISTEN_FDS out';
  return invalid('bad_descriptor', `descriptor ${fd} of LISTEN_FDS is no socket that listens`, hint, cause);
}
