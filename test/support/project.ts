import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** What the program needs to run. */
const parts = ['.env.example', 'dist', 'collections', 'environments', 'scripts', 'node_modules', 'package.json'];

/** A user who can read only what everybody can. */
const nobody = 65_534;

/** The folder of the program under test: the project, or a copy of it that other users can read. */
export function projectFolder(): string {
  return process.env['TEST_PROJECT'] ?? path.resolve('.');
}

/**
 * Tests that root runs go on as other users, who can't read a project in root's own folder: it is copied into a folder
 * where they can, by hard links. Undefined where that is not needed.
 */
export function readableCopy(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const script = 'fs.accessSync(process.argv[1], fs.constants.R_OK)';
  const read = [process.execPath, '-e', script, path.resolve('dist/cli.js')] as const;
  if (spawnSync(read[0], read.slice(1), { uid: nobody, gid: nobody, cwd: '/' }).status === 0) return undefined;
  const copy = path.join(folder, 'project');
  mkdirSync(copy);
  chmodSync(copy, 0o755);
  // Another file system takes no hard links from here.
  execFileSync('sh', ['-c', 'cp -a --link "$@" 2>/dev/null || cp -a "$@"', 'sh', ...parts, copy]);
  return copy;
}
