import { randomBytes } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { invalid, systemCode } from '../../errors';
import { readGiven } from '../../given-file';
import type { World } from './world';

const format = 'evergrant-sandbox-1';

/**
 * Keeps the world in a JSON file (0600, replaced as a whole, synced), so that it is still there after a killed process.
 * `save` resolves when every change made before the call is on disk; calls at the same time share one write.
 */
export interface StateFile {
  save(): Promise<void>;
}

/** For a sandbox that keeps nothing when it ends. */
export const noStateFile: StateFile = { save: async () => undefined };

export function makeStateFile(file: string, world: World): StateFile {
  let writing = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    waiting = undefined;
    await writeWorld(file, world);
  };
  return {
    save: () => {
      waiting ??= writing = writing.catch(() => undefined).then(write);
      return waiting;
    },
  };
}

async function writeWorld(file: string, world: World): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(toJson(world));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** Maps become lists of pairs. */
function toJson(world: World): string {
  const parts: [string, unknown][] = Object.entries(world);
  const members = parts.map(([name, part]) => [name, part instanceof Map ? [...(part as World['apps'])] : part]);
  return JSON.stringify({ format, ...Object.fromEntries(members) });
}

const maps = ['apps', 'users', 'organisations', 'consents', 'connections', 'artifacts', 'graceAnswers'];

/** The world a file holds, or undefined if there is none yet. */
export async function readWorld(file: string): Promise<World | undefined> {
  const text = readState(file);
  return text === undefined ? undefined : fromJson(file, text);
}

const mostBytes = 64 * 1024 * 1024;

function readState(file: string): string | undefined {
  try {
    return readGiven(file, mostBytes).toString('utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') return undefined;
    throw invalid('no_state_file', `cannot read ${file} (${code})`, 'name another file with --state', error);
  }
}

function fromJson(file: string, text: string): World {
  const stored = parse(text);
  if (stored?.['format'] !== format) {
    throw invalid('no_state_file', `${file} is no state file of this sandbox`, 'name another file with --state');
  }
  const members = Object.entries(stored).map(([name, part]) => [
    name,
    maps.includes(name) ? new Map(part as [string, unknown][]) : part, // written by toJson
  ]);
  return Object.fromEntries(members) as World; // this program's own file, of this format
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined; // judged by the caller
  }
}
