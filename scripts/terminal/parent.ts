import fs from 'node:fs';

const pollMs = 500;

/**
 * Lets a process that npm or npx started end with it, as by SIGTERM: what is under way is saved. npm passes a signal on to
 * the shell between them, and that dies of it without a word to its child. Any other process may outlive its parent, as
 * `nohup` and `&` ask for.
 */
export function endWithNpm(process: NodeJS.Process): void {
  if (!isStartedByNpm(process.env)) return;
  const alive = livingParents(process.ppid);
  const timer = setInterval(() => {
    if (process.ppid === alive.parent && alive.isNpmThere()) return;
    clearInterval(timer);
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
  }, pollMs);
  timer.unref();
}

/**
 * npm leaves its variables to everything below it: what it ran itself stands in one of them. A command that its script
 * leaves behind, with `&` or `nohup`, is not to end.
 */
function isStartedByNpm({ npm_lifecycle_script: script = '' }: NodeJS.ProcessEnv): boolean {
  const isOurs = /(^|[\s/\\'"])(evergrant|cli\.[jt]s)(?=['"]?(\s|$))/.test(script);
  return isOurs && !/(^|[^&>])&([^&>]|$)|\bnohup\b|\bsetsid\b/.test(script);
}

/** Where the shell stays between npm and its command, npm may be killed and the shell live on: Linux tells. */
function livingParents(parent: number): { parent: number; isNpmThere: () => boolean } {
  const isShell = readProc(parent, 'cmdline').split('\0')[1] === '-c';
  const npm = parentOf(parent);
  return { parent, isNpmThere: () => !isShell || parentOf(parent) === npm };
}

function parentOf(pid: number): string {
  return /^PPid:\s*(\d+)/m.exec(readProc(pid, 'status'))?.[1] ?? '';
}

function readProc(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // no Linux, or the parent has gone
  }
}
