import type { CommandLine, Flag, Operand, Value, Verb } from '../command-line';
import { choicesOf, namesOf } from './words';

/** The completion of zsh, as a file `_evergrant` on its `fpath` or sourced. */
export function zshCompletion(commandLine: CommandLine): string {
  const { program, flags, verbs } = commandLine;
  return `#compdef ${program}
# ${program}'s completion for zsh, made by: ${program} completion zsh > "\${fpath[1]}/_${program}"
# To use it in this shell, after compinit: source <(${program} completion zsh)

# The names of the environments, asked of the program that is being typed.
_${program}_environments() {
  local -a names folder store
  local at=\${typed[(I)--environments]} joined=\${typed[(R)--environments=*]}
  if (( at )); then folder=(--environments "\${(Q)typed[at + 1]/#\\~/$HOME}"); fi
  if [[ -n $joined ]]; then folder=(--environments "\${(Q)\${joined#*=}/#\\~/$HOME}"); fi
  at=\${typed[(I)--store]} joined=\${typed[(R)--store=*]}
  if (( at )); then store=(--store "\${(Q)typed[at + 1]}"); fi
  if [[ -n $joined ]]; then store=("\${(Q)joined}"); fi
  names=("\${(@f)$(\${(Q)typed[1]/#\\~/$HOME} $folder $store completion --names 2>/dev/null)}")
  compadd -a names
}

_${program}_verbs() {
  local -a verbs=(
${verbs.flatMap((verb) => namesOf(verb).map((name) => `    ${quote(`${name}:${verb.summary}`)}`)).join('\n')}
  )
  _describe verb verbs
}

_${program}() {
  local curcontext=$curcontext state line dashes
  local -a typed=($words)
  typeset -A opt_args
  _arguments -C -A '-*' \\
${flags.map((flag) => `    ${flagSpec(flag, commandLine)} \\`).join('\n')}
    '1:verb:_${program}_verbs' \\
    '*::word:->verb'
  [[ $state == verb ]] || return
  case $words[1] in
${verbs.map((verb) => caseOf(verb, commandLine)).join('\n')}
  esac
}

if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi`;
}

function caseOf(verb: Verb, commandLine: CommandLine): string {
  const everywhere = commandLine.flags.filter(({ value }) => value !== undefined);
  const specs = [
    ...[...verb.flags, ...everywhere].map((flag) => flagSpec(flag, commandLine)),
    ...verb.operands.flatMap((operand, at) => operandSpecs(operand, at, commandLine)),
  ];
  const hasCommand = verb.operands.some(({ value }) => value.kind === 'command');
  return `    ${namesOf(verb).join('|')})
${hasCommand ? '      if (( (dashes = words[(i)--]) < CURRENT )); then words[dashes]=(); (( CURRENT-- )); fi\n' : ''}      _arguments -S \\
        ${specs.join(' \\\n        ')}
      ;;`;
}

/** `'(-h --help)'{-h,--help}'[show help]'`; a flag that may be repeated has `*` before it. */
function flagSpec({ short, long, summary, value, isValueOptional }: Flag, commandLine: CommandLine): string {
  const text = `[${summary.replaceAll(/[[\]]/g, '\\$&')}]`;
  const assign = value === undefined ? '' : isValueOptional ? '=-' : '=';
  const action = value === undefined ? '' : `:value:${actionFor(value, commandLine)}`;
  const isRepeated = /repeated|several times/.test(summary);
  if (short === undefined) return quote(`${isRepeated ? '*' : ''}${long}${assign}${text}${action}`);
  return `${quote(`(${short} ${long})`)}{${short},${long}${assign}}${quote(text + action)}`;
}

function operandSpecs({ value, isLast }: Operand, at: number, commandLine: CommandLine): string[] {
  const ofCommand = [`(-)${at + 1}:command: _command_names -e`, '*::argument: _normal'];
  const specs =
    value.kind === 'command' ? ofCommand : [`${isLast ? '*' : at + 1}:word:${actionFor(value, commandLine)}`];
  return specs.map(quote);
}

function actionFor(value: Value, commandLine: CommandLine): string {
  const choices = choicesOf(value, commandLine);
  if (choices !== undefined) return `(${choices.join(' ')})`;
  if (value.kind === 'environment') return `_${commandLine.program}_environments`;
  if (value.kind === 'folder') return '_files -/';
  return value.kind === 'file' ? '_files' : ' ';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
