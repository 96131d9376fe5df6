import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Server } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { tolerate } from '../environment/disk/atomic-write';
import { takeLock, type Lock } from '../environment/files/lock';
import { Failure, invalid, quoted, systemCode } from '../errors';
import type { Listening } from '../network/loopback';
import { shellQuoted } from '../text/shell';

/** A door that is open. */
export interface OpenDoor {
  /** As a person would write it: `http://127.0.0.1:8099`, or the socket's path. */
  readonly where: string;
  /** Sends the answers in progress, then closes. */
  close(): Promise<void>;
}

export interface SocketPlace {
  readonly path: string;
  /** The number of the group that may connect, beside this user; undefined: this user's own group. */
  readonly gid: number | undefined;
}

/** This user and a group may connect, nobody else: whoever may connect has the tokens. */
const mode = 0o660;

/** The kernel takes no longer path (unix(7)); on macOS it is 103. */
const longestPath = 103;

/**
 * Serves on a unix socket. It is made under a name of its own for this user only, given its group and mode, and then
 * moved into place: nobody can connect who may not. What a server that was killed has left there is replaced; a lock
 * beside it, which dies with its holder, tells that from a server that lives.
 * @throws Failure `invalid` when another program serves there, or the path is no socket's
 */
export async function serveSocket({ server, close }: Listening, place: SocketPlace): Promise<OpenDoor> {
  const where = path.resolve(place.path);
  const temporary = `${where}.${randomBytes(4).toString('hex')}`;
  if (Buffer.byteLength(temporary) > longestPath) throw tooLong(where);
  const lock = await lockOf(where);
  try {
    await refuseTaken(where);
    await listenPrivately(server, temporary, where);
    fs.chownSync(temporary, process.getuid?.() ?? 0, place.gid ?? process.getgid?.() ?? 0);
    fs.chmodSync(temporary, mode);
    fs.renameSync(temporary, where);
  } catch (error) {
    await close();
    lock.release();
    throw systemCode(error) === undefined ? error : cannotServe(where, error);
  }
  const { ino } = fs.lstatSync(where, { bigint: true });
  const remove = (): void => {
    if (fs.lstatSync(where, { throwIfNoEntry: false, bigint: true })?.ino === ino) fs.rmSync(where);
  };
  return {
    where,
    close: async () => {
      tolerate(remove);
      await close();
      lock.release();
    },
  };
}

async function lockOf(where: string): Promise<Lock> {
  try {
    return await takeLock(`${where}.lock`, where, 0);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'busy') throw taken(where);
    throw error instanceof Failure || systemCode(error) === undefined ? error : cannotServe(where, error);
  }
}

/** @throws Failure `invalid` unless there is nothing, or a socket on which nobody answers */
async function refuseTaken(where: string): Promise<void> {
  const stat = fs.lstatSync(where, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw notSocket(where);
  const isAnswered = await new Promise<boolean>((resolve) => {
    const connection = net.connect(where, () => resolve(true)).once('error', () => resolve(false));
    connection.setTimeout(1_000, () => resolve(true)).once('close', () => resolve(false));
    connection.unref();
  });
  if (isAnswered) throw taken(where);
}

/** Node binds before `listen` returns, so the mask is of effect here alone. */
async function listenPrivately(server: Server, place: string, where: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotServe(where, error)));
    const before = process.umask(0o177);
    try {
      server.listen(place, resolve);
    } finally {
      process.umask(before);
    }
  });
}

/** The number of a group, by its name or number. @throws Failure `invalid` for one that is not there */
export function groupNamed(name: string): number {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  const said: { readonly stdout: string | null } = /^[\w.-]{1,32}$/.test(name)
    ? spawnSync('getent', ['group', name], { encoding: 'utf8', timeout: 5_000 })
    : { stdout: null };
  const [, , gid = ''] = (said.stdout ?? '').trim().split(':');
  if (/^\d+$/.test(gid)) return Number(gid);
  throw invalid('no_group', `there is no group ${quoted(name)}`, 'see which this user is in: id');
}

function taken(where: string): Failure {
  return invalid('socket_in_use', `another program serves on ${where}`, 'stop it, or take another path by --socket');
}

function notSocket(where: string): Failure {
  return invalid('not_a_socket', `${where} is there and is no socket`, 'take another path by --socket');
}

function tooLong(where: string): Failure {
  return invalid(
    'long_path',
    `the path ${where} is too long for a socket`,
    'take a shorter one, as in /run/evergrant/socket',
  );
}

function cannotServe(where: string, cause: unknown): Failure {
  const code = systemCode(cause) ?? 'unknown';
  const hint =
    code === 'ENOENT' ? `make its folder: mkdir -p ${shellQuoted(path.dirname(where))}` : 'let this user write there';
  return invalid('no_socket', `cannot serve on ${where} (${code})`, hint, cause);
}
