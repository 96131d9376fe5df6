import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer } from '../support/servers/xero-server';
import { count, emptyResult, unlessRoot, type Attack, type AttackResult } from './attack';

/** What somebody may do who owns a repository above the environments of another user. */
export const attacks: readonly Attack[] = [
  {
    kind: 'git',
    name: 'a repository of a stranger above the environments, whose configuration names commands to run',
    run: setTraps,
    cannotRun: unlessRoot,
  },
];

const stranger = 54_321;

/** Each sets a trap: a program that leaves a trace when git runs it. */
const traps: readonly ((git: (...args: string[]) => void, trap: string, top: string) => void)[] = [
  (git, trap) => git('config', 'core.fsmonitor', trap),
  (git, trap) => git('config', 'core.pager', trap),
  (git, trap) => git('config', 'alias.ls-files', `!${trap}`),
  (git, trap) => git('config', 'core.hooksPath', path.dirname(trap)),
  (git, trap, top) => {
    fs.writeFileSync(path.join(top, 'more'), `[core]\n\tfsmonitor = ${trap}\n`);
    git('config', 'include.path', path.join(top, 'more'));
  },
  (git, trap, top) => {
    git('sparse-checkout', 'init', '--cone', '--sparse-index');
    git('sparse-checkout', 'set', 'elsewhere');
    fs.mkdirSync(path.join(top, 'environments'), { recursive: true }); // what is not checked out is taken away
    git('config', 'core.repositoryFormatVersion', '1');
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.url', `file://${top}`);
    git('config', 'remote.origin.promisor', 'true');
    git('config', 'remote.origin.uploadpack', trap);
    fs.rmSync(path.join(top, '.git/objects'), { recursive: true });
    fs.mkdirSync(path.join(top, '.git/objects'));
  },
];

async function setTraps(scale: 'short' | 'long', random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const xero = await startXeroServer();
  const turns = scale === 'short' ? traps.length : traps.length * 10;
  try {
    for (let turn = 0; turn < turns; turn++) {
      const place = makeWorkplace();
      const trace = path.join(place.folder, 'trace');
      setTrap(place, trace, turn % traps.length);
      fs.rmSync(trace, { force: true }); // setting it may have sprung it
      place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), access_token_expires_at: '' }));
      const command = random() < 0.5 ? ['doctor', 'acme'] : ['refresh', 'acme'];
      const { code, stdout, stderr } = await place.run(command, {
        variables: { GIT_DIR: path.join(place.folder, '.git') },
      });
      result.tried += 1;
      if (fs.existsSync(trace)) count(result, 'crossed', `trap ${turn % traps.length} was sprung by ${command[0]}`);
      if (code !== 0) count(result, 'lost', `${command[0]} refuses to work: ${stdout}${stderr}`);
      fs.rmSync(place.folder, { recursive: true, force: true });
    }
    return result;
  } finally {
    await xero.close();
  }
}

function setTrap(place: Workplace, trace: string, which: number): void {
  const trap = path.join(place.folder, 'trap');
  fs.writeFileSync(trap, `#!/bin/sh\ntouch '${trace}'\n`, { mode: 0o755 });
  const git = (...args: string[]): void => {
    const own = ['-c', 'user.name=n', '-c', 'user.email=n@example.com', '-C', place.folder];
    execFileSync('git', [...own, ...args], { stdio: 'ignore' });
  };
  git('init', '--quiet');
  fs.writeFileSync(path.join(place.folder, 'environments/other.json'), '{}');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  traps[which]?.(git, trap, place.folder);
  for (const file of fs.readdirSync(path.join(place.folder, '.git'), { recursive: true, encoding: 'utf8' })) {
    fs.lchownSync(path.join(place.folder, '.git', file), stranger, stranger);
  }
  fs.chownSync(path.join(place.folder, '.git'), stranger, stranger);
}
