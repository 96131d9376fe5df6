import type { CommandLine, Flag, Operand, Value, Verb } from '../command-line';
import { choicesOf, formsOf, namesOf, takesNext } from './words';

/** The completion of fish. */
export function fishCompletion(commandLine: CommandLine): string {
  const { program, flags, verbs } = commandLine;
  const everywhere = flags.filter(({ value }) => value !== undefined);
  return `# ${program}'s completion for fish, made by: ${program} completion fish > ~/.config/fish/completions/${program}.fish

# The words typed so far that are no flags and no flags' values, the program first.
function __${program}_operands
    set -l typed (commandline -opc)
    set -l verb
    set -l skip
    for word in $typed
        if set -q skip[1]
            set skip
            continue
        end
        switch "$verb $word"
            case '* --environments' '* --store' ${valueFlags(verbs)}
                set skip 1
            case '* -*'
            case '*'
                echo -- $word
                if test (count $verb) -eq 0 -a "$word" != $typed[1]
                    set verb $word
                end
        end
    end
end

# Whether this is the verb; with a number, whether its operand with that number is being typed, or with -ge one from there on.
function __${program}_at
    set -l operands (__${program}_operands)
    test (count $operands) -gt 1; or return 1
    contains -- $operands[2] (string split , $argv[1]); or return 1
    test (count $argv) -eq 1; or test (math (count $operands) - 2) $argv[2] $argv[3]
end

# A command line of its own, which begins behind as many operands as are given.
function __${program}_command
    set -l typed (commandline -opc)
    set -l operands (__${program}_operands)
    if test (count $operands) -le $argv[1]
        complete -C (commandline -ct)
    else
        set -l first (contains -i -- $operands[(math $argv[1] + 1)] $typed)
        complete -C (string join ' ' -- (string escape -- $typed[$first..]) (commandline -ct))
    end
end

function __${program}_no_verb
    test (count (__${program}_operands)) -eq 1
end

# The names of the environments, asked of the program that is being typed.
function __${program}_environments
    set -l typed (commandline -opc)
    set -l folder
    set -l store
    for at in (seq (count $typed))
        switch $typed[$at]
            case --environments
                set folder --environments (string replace -r '^~' $HOME -- $typed[(math $at + 1)])
            case '--environments=*'
                set folder --environments (string replace -r '^--environments=~?' '' -- $typed[$at])
            case --store
                set store --store $typed[(math $at + 1)]
            case '--store=*'
                set store $typed[$at]
        end
    end
    set -l program (string replace -r '^~' $HOME -- $typed[1])
    $program $folder $store completion --names 2>/dev/null
end

complete -c ${program} -f
${flags.map((flag) => flagLine(flag, `__${program}_no_verb`, commandLine)).join('\n')}
${verbs.map((verb) => verbLines(verb, everywhere, commandLine)).join('\n')}`;
}

/** The flags whose value is the next word. */
function valueFlags(verbs: readonly Verb[]): string {
  const all = verbs.flatMap((verb) =>
    namesOf(verb).flatMap((name) =>
      verb.flags.filter(takesNext).flatMap((flag) => formsOf(flag).map((form) => `'${name} ${form}'`)),
    ),
  );
  return all.join(' ');
}

function verbLines(verb: Verb, everywhere: readonly Flag[], commandLine: CommandLine): string {
  const { program } = commandLine;
  const isVerb = `__${program}_at ${namesOf(verb).join(',')}`;
  return [
    ...namesOf(verb).map(
      (name) => `complete -c ${program} -n __${program}_no_verb -a ${name} -d ${quote(verb.summary)}`,
    ),
    ...[...verb.flags, ...everywhere].map((flag) => flagLine(flag, isVerb, commandLine)),
    ...verb.operands.flatMap((operand, at) => operandLine(operand, at, isVerb, commandLine)),
  ].join('\n');
}

function flagLine(flag: Flag, condition: string, commandLine: CommandLine): string {
  const { short, long, summary, value } = flag;
  const words = [
    `complete -c ${commandLine.program} -n ${quote(condition)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)} -d ${quote(summary)}`,
    ...(value !== undefined && takesNext(flag) ? ['-r'] : []),
    ...(value === undefined ? [] : [actionFor(value, commandLine)]),
  ];
  return words.join(' ');
}

function operandLine({ value, isLast }: Operand, at: number, isVerb: string, commandLine: CommandLine): string[] {
  if (value.kind === 'text') return [];
  const { program } = commandLine;
  const action = value.kind === 'command' ? `-fa '(__${program}_command ${at + 2})'` : actionFor(value, commandLine);
  return [`complete -c ${program} -n ${quote(`${isVerb} ${isLast ? '-ge' : '-eq'} ${at}`)} ${action}`];
}

function actionFor(value: Value, commandLine: CommandLine): string {
  const choices = choicesOf(value, commandLine);
  if (choices !== undefined) return `-fa ${quote(choices.join(' '))}`;
  if (value.kind === 'environment') return `-fa '(__${commandLine.program}_environments)'`;
  if (value.kind === 'folder') return `-fa '(__fish_complete_directories (commandline -ct))'`;
  return value.kind === 'file' ? '-F' : '-f';
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
