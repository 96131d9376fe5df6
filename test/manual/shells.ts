import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../support/project';
import type { Workplace } from '../support/program';

const run = promisify(execFile);

/** What each shell offers at the end of each of these command lines. */
export type Offers = (lines: readonly string[]) => Promise<Readonly<Record<string, readonly string[]>>>;

/** Shells that have read the program's completion, and have it on their PATH. */
export function shellsIn(place: Workplace): Readonly<Record<'bash' | 'zsh' | 'fish', Offers>> {
  const bin = path.join(place.folder, 'bin');
  fs.mkdirSync(bin, { recursive: true });
  fs.writeFileSync(path.join(bin, 'evergrant'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, {
    mode: 0o755,
  });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: place.folder, TERM: 'xterm' };
  const asked = async (shell: string, words: readonly string[]): Promise<string> =>
    (await run(shell, words, { cwd: place.folder, env })).stdout;
  const scriptOf = async (shell: string): Promise<string> => {
    const file = path.join(place.folder, `completion.${shell}`);
    fs.writeFileSync(file, (await place.run(['completion', shell])).stdout);
    return file;
  };
  const ask = (shell: string, program: string, noProfile: readonly string[]): Offers => {
    const file = path.join(place.folder, `ask.${shell}`);
    fs.writeFileSync(file, program);
    return async (lines) => offersIn(await asked(shell, [...noProfile, file, await scriptOf(shell), ...lines]));
  };
  return {
    bash: ask('bash', inBash, ['--norc', '--noprofile']),
    zsh: ask('zsh', inZsh, ['-f']),
    fish: ask('fish', inFish, ['--no-config']),
  };
}

const cli = path.join(projectFolder(), 'dist/cli.js');

/** Each line has a command line, a tab, and what was offered, with blanks between. */
function offersIn(output: string): Record<string, string[]> {
  const lines = output.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [typed = '', offered = ''] = line.split('\t');
      return [typed, [...new Set(offered.split(' ').filter((word) => word !== ''))].sort()];
    }),
  );
}

/** Calls the function as bash does: a word for each word, and `=` is one of its own. */
const inBash = `
source "$1"; shift
for line; do
  split=\${line//=/ = }
  eval "COMP_WORDS=(\${split//:/ : })"
  if [[ $line == *" " || $line == *"=" ]]; then COMP_WORDS+=(''); fi
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _evergrant
  printf '%s\\t%s\\n' "$line" "\${COMPREPLY[*]}"
done
`;

/** Types each line into a shell on a terminal of its own, then a tab, and hears what is offered. */
const inZsh = `
zmodload zsh/zpty
script=$1; shift
for typed; do
  rm -f offered ended
  zpty shell zsh -f -i
  zpty -w shell "PROMPT= ; autoload -Uz compinit && compinit -u -D; source $script
compadd() { if [[ \\\${@[1,(i)(-|--)]} != *-[OAD]* ]] { local -a hits; builtin compadd -A hits \\"\\$@\\"; (( \\$#hits )) && print -rl -- \\$hits >>offered }; builtin compadd \\"\\$@\\" }
complete() { zle complete-word; : >ended; zle kill-buffer }; zle -N complete; bindkey '^I' complete"
  zpty -w shell 'print RE''ADY'
  while zpty -r shell line; do [[ $line == *READY* ]] && break; done
  zpty -wn shell "$typed"$'\\t'
  repeat 300 { [[ -e ended ]] && break; zpty -r -t shell line; sleep 0.1 }
  zpty -d shell
  print -r -- "$typed"$'\\t'"\${(j: :)\${(f)"$(<offered 2>/dev/null)"}}"
done 2>/dev/null
`;

const inFish = `
source $argv[1]
for line in $argv[2..]
  printf '%s\\t%s\\n' $line (complete -C $line | string split -f1 \\t | string replace -r '^--[a-z]+=' '' | string join ' ')
end
`;
