import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const trackedByFolder = new Map<string, ReadonlySet<string>>();

/** Whether git tracks a file: its tokens would be committed. False where there is no repository, or no git. */
export function isTracked(file: string): boolean {
  const folder = path.dirname(path.resolve(file));
  const tracked = trackedByFolder.get(folder) ?? listTracked(folder);
  trackedByFolder.set(folder, tracked);
  return tracked.has(path.basename(file));
}

function listTracked(folder: string): ReadonlySet<string> {
  if (!isInRepository(folder)) return new Set();
  const args = [...trusting, '-C', folder, 'ls-files', '-z', '--', '*.json'];
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' });
  return new Set(status === 0 ? stdout.split('\0') : []);
}

/** Root's cron reads a user's repository too, and runs nothing that its configuration names. */
const trusting = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];

/** Looked for by hand first: most folders are in none, and git takes its time to say so. */
function isInRepository(folder: string): boolean {
  const parent = path.dirname(folder);
  return fs.existsSync(path.join(folder, '.git')) || (parent !== folder && isInRepository(parent));
}
