import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { trackingOf } from '../../../scripts/environment/files/git';
import { makeFolder } from './children';

let top: string;
let ran: string;

/** A repository that tracks one file; a new folder for each, for what was asked once is known. */
beforeEach(() => {
  const folder = makeFolder();
  top = path.join(folder, 'work');
  ran = path.join(folder, 'ran');
  fs.mkdirSync(path.join(top, 'environments'), { recursive: true });
  git('init', '--quiet');
  for (const [name, value] of [
    ['user.name', 'n'],
    ['user.email', 'n@example.com'],
  ] as const)
    git('config', name, value);
  write('environments/tracked.json');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  write('environments/new.json');
});

function git(...args: string[]): string {
  return execFileSync('git', ['-C', top, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function write(name: string, text = '{}'): void {
  fs.mkdirSync(path.dirname(path.join(top, name)), { recursive: true });
  fs.writeFileSync(path.join(top, name), text);
}

/** A program that leaves a trace when it runs. */
function trap(): string {
  const file = path.join(top, '../trap');
  fs.writeFileSync(file, `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
  return file;
}

function look(name = 'tracked', folder = path.join(top, 'environments')): string {
  return trackingOf(path.join(folder, `${name}.json`));
}

function asStranger<T>(work: () => T): T {
  const user = vi.spyOn(process, 'geteuid').mockReturnValue(4711);
  try {
    return work();
  } finally {
    user.mockRestore();
  }
}

const hostile: [string, () => void][] = [
  ['a file system monitor', () => git('config', 'core.fsmonitor', trap())],
  [
    'a hook',
    () =>
      fs.writeFileSync(path.join(top, '.git/hooks/post-index-change'), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 }),
  ],
  ['hooks in a folder of their own', () => git('config', 'core.hooksPath', path.dirname(trap()))],
  ['a pager', () => git('config', 'core.pager', trap())],
  ['a pager for this command', () => git('config', 'pager.ls-files', trap())],
  ['an alias', () => git('config', 'alias.ls-files', `!${trap()}`)],
  [
    'a file to be included',
    () => {
      fs.writeFileSync(path.join(top, '../more'), `[core]\n\tfsmonitor = ${trap()}\n`);
      git('config', 'include.path', path.join(top, '../more'));
    },
  ],
  [
    'a sparse index, and a place to fetch what it lacks from',
    () => {
      git('sparse-checkout', 'init', '--cone', '--sparse-index');
      git('sparse-checkout', 'set', 'elsewhere');
      write('environments/tracked.json'); // as if it were checked out
      promisor();
      fs.rmSync(path.join(top, '.git/objects'), { recursive: true });
      fs.mkdirSync(path.join(top, '.git/objects'));
    },
  ],
];

/** A remote that git asks of itself for objects that are missing. */
function promisor(): void {
  git('config', 'core.repositoryFormatVersion', '1');
  git('config', 'extensions.partialClone', 'origin');
  git('config', 'remote.origin.url', `file://${top}`);
  git('config', 'remote.origin.promisor', 'true');
  git('config', 'remote.origin.uploadpack', trap());
}

describe('a repository whose configuration names', () => {
  test.each(hostile)('%s runs nothing, and a stranger’s is not even asked', (_, spoil) => {
    spoil();
    fs.rmSync(ran, { force: true }); // setting the trap may have sprung it
    expect(asStranger(() => look())).toBe('unknown');
    look('new', makeCopy());
    expect(fs.existsSync(ran)).toBe(false);
  });

  test('the traps work: git itself runs them', () => {
    git('config', 'core.fsmonitor', trap());
    git('ls-files');
    expect(fs.existsSync(ran)).toBe(true);
  });
});

/** The same repository where nothing has been asked yet. */
function makeCopy(): string {
  const copy = path.join(top, '../copy');
  fs.cpSync(top, copy, { recursive: true });
  return path.join(copy, 'environments');
}

describe('git is asked', () => {
  test('about this user’s own repository', () => {
    expect([look(), look('new'), look('none')]).toEqual(['tracked', 'untracked', 'untracked']);
  });

  test('not at all where there is none', () => {
    expect(look('tracked', makeFolder())).toBe('untracked');
  });

  test('with nothing of the process’s that would undo its guard, or name another repository', () => {
    const other = makeFolder();
    const planted = {
      GIT_DIR: other,
      GIT_INDEX_FILE: path.join(other, 'index'),
      GIT_WORK_TREE: other,
      SUDO_UID: '4711',
    };
    for (const [name, value] of Object.entries(planted)) vi.stubEnv(name, value);
    try {
      expect([look(), look('new')]).toEqual(['tracked', 'untracked']);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('about the folder itself, wherever core.worktree points', () => {
    git('config', 'core.worktree', makeFolder());
    expect(look()).toBe('tracked');
  });

  test('through the links that lead to a file', () => {
    const link = path.join(makeFolder(), 'link.json');
    fs.symlinkSync(path.join(top, 'environments/tracked.json'), link);
    expect(trackingOf(link)).toBe('tracked');
  });

  test('in a worktree, whose .git is a file', () => {
    git('worktree', 'add', '--quiet', '../second');
    expect(look('tracked', path.join(top, '../second/environments'))).toBe('tracked');
  });

  test('in a folder that is not checked out', () => {
    git('sparse-checkout', 'init', '--cone', '--sparse-index');
    git('sparse-checkout', 'set', 'elsewhere');
    write('environments/tracked.json');
    expect(look()).toBe('tracked');
  });
});

describe('it is unknown whether git tracks a file', () => {
  test.each<[string, () => void]>([
    ['where others may write the folder', () => fs.chmodSync(top, 0o777)],
    ['where others may write .git', () => fs.chmodSync(path.join(top, '.git'), 0o777)],
    ['where others may write the configuration', () => fs.chmodSync(path.join(top, '.git/config'), 0o666)],
    ['where .git is a link', () => moveGit((to) => fs.symlinkSync(to, path.join(top, '.git')))],
    ['where .git names a folder that others may write', () => moveGit(nameFolder, 0o777)],
    ['where .git names nothing', () => moveGit(() => nameFolder(path.join(top, 'nowhere')))],
    ['where .git is no repository', () => moveGit(() => fs.mkdirSync(path.join(top, '.git')))],
    ['where the index is corrupt', () => fs.writeFileSync(path.join(top, '.git/index'), 'corrupt')],
    [
      'where the configuration never ends',
      () => {
        execFileSync('mkfifo', [path.join(top, '../pipe')]);
        git('config', 'include.path', path.join(top, '../pipe'));
      },
    ],
  ])('%s', (_, spoil) => {
    spoil();
    expect(look()).toBe('unknown');
  });

  test('where the folder is a bare repository itself, and nothing of it runs', () => {
    const bare = path.join(top, 'environments');
    fs.cpSync(path.join(top, '.git'), bare, { recursive: true });
    fs.appendFileSync(
      path.join(bare, 'config'),
      `[core]\n\tbare = false\n\tworktree = ${bare}\n\tfsmonitor = ${trap()}\n`,
    );
    expect([look(), fs.existsSync(ran)]).toEqual(['unknown', false]);
  });
});

/** Moves the repository away, for `.git` to be something else. */
function moveGit(put: (to: string) => void, mode = 0o755): void {
  const to = path.join(top, '../moved');
  fs.renameSync(path.join(top, '.git'), to);
  fs.chmodSync(to, mode);
  put(to);
}

function nameFolder(to: string): void {
  fs.writeFileSync(path.join(top, '.git'), `gitdir: ${to}\n`);
}
