import type { CommandLine, Flag, Value, Verb } from '../command-line';
import { choicesOf, formsOf, namesOf, takesNext } from './words';

/** The completion of PowerShell, 5.1 and later: dot-sourced, or in the profile. */
export function powershellCompletion(commandLine: CommandLine): string {
  const { program, flags, verbs } = commandLine;
  const everywhere = flags.filter(({ value }) => value !== undefined);
  return `# ${program}'s completion for PowerShell, made by: ${program} completion powershell
# To use it in this shell: ${program} completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName @('${program}', '${program}.cmd', '${program}.ps1') -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # What each verb takes: its flags, what their values are, and its operands; the last operand of a list may be repeated.
    $verbs = [ordered]@{
${verbs.flatMap((verb) => namesOf(verb).map((name) => verbEntry(name, verb, everywhere, commandLine))).join('\n')}
    }
    $noVerb = @{
        flags = [ordered]@{ ${flagEntries(flags)} }
        values = @{ ${valueEntries(flags, commandLine)} }
        takesNext = @(${everywhere.filter(takesNext).flatMap(formsOf).map(quote).join(', ')})
        operands = @()
        isList = $false
    }

    $typed = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($_.Extent.EndOffset -eq $cursorPosition -and $wordToComplete -eq '') } |
        ForEach-Object { $_.Extent.Text.Trim("'", '"') })
    $verb = ''
    $folder = @()
    $store = @()
    $flag = ''
    $place = 0
    $ended = $false
    for ($at = 1; $at -lt $typed.Count; $at++) {
        $word = $typed[$at]
        $known = if ($verb -ne '' -and $verbs.Contains($verb)) { $verbs[$verb] } else { $noVerb }
        if ($flag -ne '') {
            if ($flag -eq '--environments') { $folder = @('--environments', $word) }
            if ($flag -eq '--store') { $store = @('--store', $word) }
            $flag = ''
        } elseif (-not $ended -and $word -eq '--') {
            $ended = $true
        } elseif (-not $ended -and $word.StartsWith('-')) {
            if ($word.StartsWith('--environments=')) { $folder = @($word) }
            if ($word.StartsWith('--store=')) { $store = @($word) }
            if ($known.takesNext -contains $word) { $flag = $word }
        } elseif ($verb -eq '') {
            $verb = $word
        } else {
            $place++
        }
    }
    $known = if ($verb -ne '' -and $verbs.Contains($verb)) { $verbs[$verb] } else { $noVerb }

    $kind = 'nothing'
    $words = [ordered]@{}
    if ($flag -ne '') {
        $kind = $known.values[$flag]
    } elseif (-not $ended -and $wordToComplete.StartsWith('-')) {
        $words = $known.flags
    } elseif ($verb -eq '') {
        foreach ($name in $verbs.Keys) { $words[$name] = $verbs[$name].summary }
    } elseif ($known.operands.Count -gt 0) {
        $last = $known.operands.Count - 1
        if ($place -le $last -or $known.isList) { $kind = $known.operands[[Math]::Min($place, $last)] }
    }
    if ($kind -eq 'environment') {
        foreach ($name in @(& $typed[0] @folder @store completion --names 2>$null)) { $words[$name] = $name }
    } elseif ($kind -is [array]) {
        foreach ($one in $kind) { $words[$one] = $one }
    } elseif ($kind -eq 'file' -or $kind -eq 'folder' -or $kind -eq 'command') {
        return # what PowerShell offers by itself: files
    }
    $words.Keys | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $words[$_])
    }
}`;
}

function verbEntry(name: string, verb: Verb, everywhere: readonly Flag[], commandLine: CommandLine): string {
  const flags = [...verb.flags, ...everywhere];
  const operands = verb.operands.map(({ value }) => kindOf(value, commandLine)).join(', ');
  const takers = flags.filter(takesNext).flatMap(formsOf).map(quote).join(', ');
  return `        ${quote(name)} = @{
            summary = ${quote(verb.summary)}
            flags = [ordered]@{ ${flagEntries(flags)} }
            values = @{ ${valueEntries(flags, commandLine)} }
            takesNext = @(${takers})
            operands = @(${operands.startsWith('@') ? ',' : ''}${operands})
            isList = $${String(verb.operands.at(-1)?.isLast === true)}
        }`;
}

function flagEntries(flags: readonly Flag[]): string {
  return flags.flatMap((flag) => formsOf(flag).map((form) => `${quote(form)} = ${quote(flag.summary)}`)).join('; ');
}

function valueEntries(flags: readonly Flag[], commandLine: CommandLine): string {
  const entries = flags.flatMap((flag) =>
    flag.value === undefined ? [] : formsOf(flag).map((form) => [form, kindOf(flag.value ?? text, commandLine)]),
  );
  return entries.map(([form = '', kind = '']) => `${quote(form)} = ${kind}`).join('; ');
}

const text: Value = { kind: 'text' };

/** The kind of a value, or the words that it may be. PowerShell makes one list of a list in a list, unless a comma comes first. */
function kindOf(value: Value, commandLine: CommandLine): string {
  const choices = choicesOf(value, commandLine);
  return choices === undefined ? quote(value.kind) : `@(${choices.map(quote).join(', ')})`;
}

function quote(words: string): string {
  return `'${words.replaceAll("'", "''")}'`;
}
