import type { CommandLine, Flag, Value, Verb } from '../command-line';
import { choicesOf, formsOf, namesOf, takesNext, verbNames } from './words';

/** The completion of bash, from version 3.2 on (macOS), with or without the package bash-completion. */
export function bashCompletion(commandLine: CommandLine): string {
  const { program, flags, verbs } = commandLine;
  return `# ${program}'s completion for bash, made by: ${program} completion bash
# To use it in this shell: eval "$(${program} completion bash)"

# What has this beginning, of the words given.
_${program}_words() {
  local word
  for word; do
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done
}

# The names of the environments, asked of the program that is being typed.
_${program}_environments() {
  local name
  while IFS= read -r name; do
    if [[ $name == "$current"* ]]; then COMPREPLY+=("$name"); fi
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" \${folder:+--environments "\${folder/#\\~/$HOME}"} \${store:+--store "$store"} completion --names 2>/dev/null)
}

# Neither a file nor anything else that bash would offer by itself.
_${program}_nothing() {
  compopt +o default 2>/dev/null
}

_${program}_folders() {
  local folder
  compopt -o filenames 2>/dev/null
  while IFS= read -r folder; do COMPREPLY+=("$folder"); done < <(compgen -d -- "$current")
}

# A command line of its own, which begins at the word with this number.
_${program}_command() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif [[ $COMP_CWORD -eq $1 ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$current")
  fi
}

_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} verb= folder= store= flag= word= place=0 at ended=
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == = ]]; then
      continue # bash makes three words of --flag=value
    elif [[ $word == : && -n $store ]]; then
      at=$((at + 1)) # nor is a URL one word to it
      store+=:\${COMP_WORDS[at]}
    elif [[ -n $flag ]]; then
      if [[ $flag == --environments ]]; then folder=$word; fi
      if [[ $flag == --store ]]; then store=$word; fi
      flag=
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -* ]]; then
      case "$verb $word" in
${caseOf(`*' --environments' | *' --store'`, 'flag=$word')}
${valueFlags(commandLine)}
        *) if [[ \${COMP_WORDS[at + 1]} == = ]]; then flag=$word; fi ;;
      esac
    elif [[ -z $verb ]]; then
      verb=$word
    else
      place=$((place + 1))
      case $verb in
${execs(commandLine)}
      esac
    fi
  done
  if [[ $current == = ]]; then current=; fi
  if [[ -n $flag ]]; then
    case "$verb $flag" in
${flags.flatMap((flag) => valueCase('*', flag, commandLine)).join('\n')}
${verbs.flatMap((verb) => verb.flags.flatMap((flag) => namesOf(verb).flatMap((name) => valueCase(`'${name}'`, flag, commandLine)))).join('\n')}
      *) _${program}_nothing ;;
    esac
  elif [[ -z $ended && $current == -* ]]; then
    _${program}_nothing
    case $verb in
      '') _${program}_words ${flags.flatMap(formsOf).join(' ')} ;;
${verbs.map((verb) => `      ${namesOf(verb).join(' | ')}) _${program}_words ${[...verb.flags, ...flags.filter(takesNext)].flatMap(formsOf).join(' ')} ;;`).join('\n')}
    esac
  elif [[ -z $verb ]]; then
    _${program}_nothing
    _${program}_words ${verbNames(commandLine).join(' ')}
  else
    case "$verb $place" in
${verbs.flatMap((verb) => operandCases(verb, commandLine)).join('\n')}
      *) _${program}_nothing ;;
    esac
  fi
}

complete -o default -F _${program} ${program}`;
}

function caseOf(pattern: string, action: string): string {
  return `        ${pattern}) ${action} ;;`;
}

/** The flags whose value is the next word. */
function valueFlags({ verbs }: CommandLine): string {
  const patterns = verbs.flatMap((verb) =>
    namesOf(verb).flatMap((name) =>
      verb.flags.filter(takesNext).flatMap((flag) => formsOf(flag).map((form) => `'${name} ${form}'`)),
    ),
  );
  return caseOf(patterns.join(' | '), 'flag=$word');
}

/** Behind these words a command line of its own begins. */
function execs({ program, verbs }: CommandLine): string {
  const found = verbs.flatMap(({ name, operands }) => {
    const at = operands.findIndex(({ value }) => value.kind === 'command');
    return at === -1 ? [] : [{ name, at }];
  });
  return found
    .map(({ name, at }) => `        ${name}) if [[ $place -gt ${at} ]]; then _${program}_command "$at"; return; fi ;;`)
    .join('\n');
}

function valueCase(verb: string, flag: Flag, commandLine: CommandLine): string[] {
  const { value } = flag;
  if (value === undefined) return [];
  return formsOf(flag).map((form) => `      ${verb}' ${form}') ${actionFor(value, commandLine)} ;;`);
}

function operandCases(verb: Verb, commandLine: CommandLine): string[] {
  return namesOf(verb).flatMap((name) =>
    verb.operands.map(
      ({ value, isLast }, at) => `      '${name} '${isLast ? '*' : at}) ${actionFor(value, commandLine)} ;;`,
    ),
  );
}

function actionFor(value: Value, commandLine: CommandLine): string {
  const { program } = commandLine;
  const choices = choicesOf(value, commandLine);
  if (choices !== undefined) return `_${program}_nothing; _${program}_words ${choices.join(' ')}`;
  if (value.kind === 'environment') return `_${program}_environments`;
  if (value.kind === 'folder') return `_${program}_folders`;
  if (value.kind === 'command') return `_${program}_command "$COMP_CWORD"`;
  return value.kind === 'file' ? ':' : `_${program}_nothing`;
}
