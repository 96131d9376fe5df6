import fs from 'node:fs';

const pollMs = 500;

/**
 * Ends a process that npm or npx started when they end, as if by SIGTERM, so that work in progress is saved. npm passes
 * a signal only to the shell between them, which ends and does not pass it on. Any other process may outlive its
 * parent, as `nohup` and `&` require.
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
 * Whether npm itself started this command. All processes below npm inherit its variables; one of them holds the script
 * that it ran. A command that this script leaves in the background, with `&` or `nohup`, must not end.
 */
function isStartedByNpm({ npm_lifecycle_script: script = '' }: NodeJS.ProcessEnv): boolean {
  const isOurs = /(^|[\s/\\'"])(evergrant|cli\.[jt]s)(?=['"]?(\s|$))/.test(script);
  return isOurs && !/(^|[^&>])&([^&>]|$)|\bnohup\b|\bsetsid\b/.test(script);
}

/**
 * The parent, and whether npm still runs: if the shell stays between npm and its command, npm may be killed while the
 * shell goes on. Only Linux shows this.
 */
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
    return ''; // not Linux, or the parent has ended
  }
}
