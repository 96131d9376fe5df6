import path from 'node:path';
import { Option, type Command } from 'commander';
import type { Context } from '../context';
import { exitCodes, Failure, faultsFound, invalid, quoted } from '../errors';
import { collectionsAt, readCollection, type CollectionFile } from '../lint/collection-file';
import type { Finding, Rule } from '../lint/finding';
import { maskFor } from '../lint/secrets/masked';
import { lintCollection, rules } from '../lint/rules';
import { sarifOf } from '../lint/sarif';
import { secretValuesIn } from '../lint/secrets';
import { command, type Run } from './options';
import { counted } from '../text/count';

export interface LintCommand {
  readonly files: readonly string[];
  readonly format: Format;
  /** The rules to look for; all of them when there is none. */
  readonly only: readonly string[];
}

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

interface Flags {
  readonly json?: boolean;
  readonly format: Format;
  readonly rule: readonly string[];
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'lint <files...>',
    'say what is wrong with Postman collections: secrets, leaks, unguarded writes',
    'lint collections/*.postman_collection.json',
  )
    .option('--rule <id>', 'look for this fault only; may be given several times', collect, [])
    .addOption(new Option('--format <format>', 'how to print').choices(formats).default('text'))
    .option('--json', 'the same as --format json')
    .action((files: string[], { json, format, rule }: Flags) =>
      run((context) => lint({ files, format: json ? 'json' : format, only: rule }, context)),
    );
}

function collect(id: string, before: readonly string[]): readonly string[] {
  return [...before, id];
}

/** A finding as `--json` prints it. */
interface FileFinding {
  readonly rule: string;
  readonly where: string;
  readonly line: number | null;
  readonly message: string;
  readonly hint: string;
  readonly file: string;
}

interface Report {
  readonly checked: number;
  readonly findings: readonly FileFinding[];
  /** Where the findings stand in their files, in their order. */
  lines(): readonly number[];
  readonly failures: readonly { readonly file: string; readonly failure: Failure }[];
}

/**
 * Prints what is wrong with Postman collections, one finding a line. A file that is no collection does not keep the others
 * from being checked. Exit code 0 only when nothing is wrong; 2 for a bad file, else 8 for findings.
 * @throws Failure `invalid` for a rule that there is not, and for a single file that is no collection
 */
export async function lint({ files, format, only }: LintCommand, context: Context): Promise<number> {
  const chosen = chosenRules(only);
  const report = check(files, chosen);
  const [alone] = report.failures;
  if (alone !== undefined && report.checked + report.failures.length === 1 && format === 'text') throw alone.failure;
  print(report, format, chosen, context);
  if (report.failures.length > 0) return exitCodes.invalid;
  return report.findings.length === 0 ? 0 : faultsFound;
}

function chosenRules(only: readonly string[]): readonly Rule[] {
  const unknown = only.find((id) => rules.every((rule) => rule.id !== id));
  const ids = rules.map(({ id }) => id).join(', ');
  if (unknown !== undefined)
    throw invalid('unknown_rule', `there is no rule ${quoted(unknown)}`, `the rules are ${ids}`);
  return only.length === 0 ? rules : rules.filter(({ id }) => only.includes(id));
}

interface Checked {
  readonly read: CollectionFile;
  readonly found: readonly Finding[];
}

function check(files: readonly string[], chosen: readonly Rule[]): Report {
  const failures: { file: string; failure: Failure }[] = [];
  const attempt = <T>(file: string, work: () => readonly T[]): readonly T[] => {
    try {
      return work();
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      failures.push({ file, failure });
      return [];
    }
  };
  const places = files.flatMap((file) => attempt(file, () => collectionsAt(file)));
  const checked = places.flatMap((place) =>
    attempt(place, (): Checked[] => {
      const read = readCollection(place);
      return [{ read, found: lintCollection(read.collection, place, chosen) }];
    }),
  );
  const mask = maskFor(checked.flatMap(({ read }) => secretValuesIn(read.collection)));
  const findings = checked.flatMap(({ read, found }) =>
    found.map(({ rule, where, line, message, hint, at }) => ({
      rule,
      where: mask(where),
      line,
      message,
      hint,
      file: mask(read.fileOf(at)),
    })),
  );
  const lines = (): readonly number[] =>
    checked.flatMap(({ read, found }) => found.map(({ at, line }) => read.lineOf(at, line)));
  return { checked: checked.length, findings, lines, failures };
}

function print(report: Report, format: Format, chosen: readonly Rule[], context: Context): void {
  const { findings, failures } = report;
  if (format === 'json') {
    const errors = failures.map(({ file, failure: { code, message, hint } }) => ({ file, code, message, hint }));
    context.console.print(JSON.stringify({ findings, counts: countsOf(findings), errors }, null, 2));
  } else if (format === 'sarif') context.console.print(JSON.stringify(sarif(report, chosen), null, 2));
  else for (const finding of findings) context.console.print(formatFinding(finding, context));
  printSum(report, context);
}

function sarif({ findings, lines, failures }: Report, chosen: readonly Rule[]): object {
  const places = lines();
  const located = findings.map(({ rule, where, message, file }, index) => ({
    rule,
    where,
    message,
    file: path.relative('', file),
    line: places[index] ?? 1,
  }));
  const unchecked = failures.map(({ file, failure }) => ({ file: path.relative('', file), message: failure.message }));
  return sarifOf(chosen, located, unchecked);
}

function countsOf(findings: readonly FileFinding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of findings) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

function formatFinding({ file, where, line, rule, message }: FileFinding, { console: { style } }: Context): string {
  const place = line === null ? where : where.replace(/\)$/, `, line ${line})`);
  return `${file}: ${place}: ${style.red(rule)}: ${message}`;
}

/** How many findings there are, how many of each rule, how to mend them, and which files could not be checked. */
function printSum({ checked, findings, failures }: Report, { console }: Context): void {
  const found = findings.length === 0 ? 'nothing to mend' : counted(findings.length, 'finding');
  const isWell = findings.length + failures.length === 0;
  console[isWell ? 'tell' : 'say'](`${counted(checked, 'collection')} checked, ${found}`);
  const hints = new Map(findings.map(({ rule, hint }) => [rule, hint]));
  const counts = countsOf(findings);
  for (const [rule, hint] of hints) console.say(`  ${counts[rule] ?? 0} × ${rule} → ${hint}`);
  for (const { failure } of failures) console.say(`evergrant: ${failure.message}\n  → ${failure.hint}`);
}
