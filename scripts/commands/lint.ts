import type { Command } from 'commander';
import type { Context } from '../context';
import { exitCodes } from '../errors';
import { parseCollection } from '../lint/collection';
import { readCollectionText } from '../lint/collection-file';
import type { Finding } from '../lint/finding';
import { lintCollection } from '../lint/rules';
import { secretValuesIn } from '../lint/secrets';
import { scrub } from '../text/scrub';
import { command, type Run } from './options';

export interface LintCommand {
  readonly files: readonly string[];
  readonly isJson: boolean;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'lint <files...>',
    'say what is wrong with Postman collections: secrets, leaks, unguarded writes',
    'lint collections/*.postman_collection.json',
  )
    .option('--json', 'print JSON')
    .action((files: string[], { json = false }: { json?: boolean }) =>
      run((context) => lint({ files, isJson: json }, context)),
    );
}

type FileFinding = { readonly file: string } & Finding;

/**
 * Prints what is wrong with Postman collections, one line for each finding. Exit code 0 only when there is none.
 * @throws Failure `invalid`, before anything is printed, for a file that is no collection
 */
export async function lint({ files, isJson }: LintCommand, context: Context): Promise<number> {
  const { console } = context;
  const collections = files.map((file) => ({ file, collection: parseCollection(readCollectionText(file), file) }));
  for (const { collection } of collections) {
    for (const secret of secretValuesIn(collection)) console.secrets.add(secret);
  }
  const findings = collections.flatMap(({ file, collection }) =>
    lintCollection(collection, file).map((finding): FileFinding => ({
      ...finding,
      file: scrub(file, console.secrets),
      where: scrub(finding.where, console.secrets),
    })),
  );
  if (isJson) console.print(JSON.stringify({ findings }, null, 2));
  else for (const finding of findings) console.print(formatFinding(finding, context));
  printSum(findings, files.length, context);
  return findings.length === 0 ? 0 : exitCodes.invalid;
}

function formatFinding({ file, where, line, rule, message }: FileFinding, { console: { style } }: Context): string {
  const place = line === null ? where : where.replace(/\)$/, `, line ${line})`);
  return `${file}: ${place}: ${style.red(rule)}: ${message}`;
}

/** Prints the number of findings, and for each broken rule how to follow it. */
function printSum(findings: readonly FileFinding[], files: number, { console }: Context): void {
  const checked = `${files} collection${files === 1 ? '' : 's'} checked`;
  const found = `${findings.length} finding${findings.length === 1 ? '' : 's'}`;
  console.say(`${checked}, ${findings.length === 0 ? 'nothing to mend' : found}`);
  const hints = new Map(findings.map(({ rule, hint }) => [rule, hint]));
  for (const [rule, hint] of hints) console.say(`  ${rule} → ${hint}`);
}
