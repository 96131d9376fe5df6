import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { databaseOf, storeOf, type Context } from '../../context';
import { fileStore } from '../../environment/files/file-store';
import { newFileIn } from '../../environment/files/moving/new-file';
import { exitCodeOf, invalid, typed } from '../../errors';
import { failureOf } from '../../terminal/console';
import { shellQuoted } from '../../text/shell';
import { addNote, command, duration, type Run } from '../options';
import { printFailure, type Moved } from './moved';

export interface ExportCommand {
  /** Undefined for all environments. */
  readonly name: string | undefined;
  readonly folder: string;
  /** Whether the tokens go along, and the database uses them no more from then on. */
  readonly isHandedOver: boolean;
  readonly isJson: boolean;
  readonly waitMs: number;
}

interface ExportFlags {
  readonly all?: boolean;
  readonly handOver?: boolean;
  readonly json?: boolean;
  readonly wait: number;
}

export function define(group: Command, run: Run): void {
  const verb = command(
    group,
    'export <name-or-dir> [dir]',
    'write environments from the database into a folder, without tokens; never over a file',
    'store export acme ./look',
  );
  verb
    .usage('[options] <name> <dir>, or --all <dir>')
    .option('--all', 'all environments; then the only word is the folder')
    .option('--hand-over', 'with their tokens: the files are their home from then on, and the database spends nothing')
    .option('--json', 'print JSON')
    .addOption(
      duration(
        '--wait <duration>',
        'how long to wait for another process, or the end of what one that was cut off held',
        '2m',
      ),
    )
    .action((first: string, second: string | undefined, flags: ExportFlags) =>
      run((context) => exportFiles({ ...placesIn(first, second, flags), ...optionsIn(flags) }, context)),
    );
  addNote(verb, 'One that was cut off is finished by the same command.');
}

function optionsIn({ handOver = false, json = false, wait }: ExportFlags): Omit<ExportCommand, 'name' | 'folder'> {
  return { isHandedOver: handOver, isJson: json, waitMs: wait };
}

/** @throws Failure `invalid` unless it is one name and a folder, or all and a folder */
function placesIn(
  first: string,
  second: string | undefined,
  { all = false }: ExportFlags,
): Pick<ExportCommand, 'name' | 'folder'> {
  if (all && second === undefined) return { name: undefined, folder: first };
  if (!all && second !== undefined) return { name: first, folder: second };
  const hint = 'as in npx evergrant store export acme DIR, or npx evergrant store export --all DIR';
  throw invalid('which', all ? '--all takes no name, only the folder' : 'say which environment, and the folder', hint);
}

/** Writes environments from the database into a folder; one that can't be written does not stop the others. @throws Failure */
export async function exportFiles(options: ExportCommand, context: Context): Promise<number> {
  const { console } = context;
  const { folder, isJson, isHandedOver } = options;
  databaseOf(context); // refuses files as the store
  const names = options.name === undefined ? await storeOf(context).names() : [options.name];
  if (names.length === 0) throw storeOf(context).noneFound();
  const done: Moved[] = [];
  for (const name of names) {
    const one = await exportOne(name, options, context);
    done.push(one);
    if (!isJson) printOne(one, folder, context);
  }
  if (isJson) console.print(JSON.stringify({ results: done.map(({ result }) => result) }, null, 2));
  else if (isHandedOver && done.some(({ result }) => result.outcome !== 'failed')) {
    const here = shellQuoted(path.resolve(folder));
    console.say(
      `in the database nothing refreshes what was handed over; from now on: npx evergrant refresh --all --environments ${here} --store ""`,
    );
  }
  return exitCodeOf(done.flatMap(({ kind }) => kind ?? []));
}

async function exportOne(
  name: string,
  { folder, isHandedOver, waitMs }: ExportCommand,
  context: Context,
): Promise<Moved> {
  const { exportForLooking, exportHandedOver, isHandedOverTo } =
    require('../../manage/export-file') as typeof import('../../manage/export-file');
  try {
    const stored = storeOf(context).environment(name);
    if (isHandedOver && (await isHandedOverTo(stored, fileStore(folder, context.stateFolder), context.now()))) {
      return { result: { environment: name, outcome: 'already_there', error: null } };
    }
    const file = newFileIn(folder, stored.name);
    const appThere = (app: string): ReturnType<ReturnType<typeof fileStore>['app']> =>
      fileStore(folder, context.stateFolder).app(app);
    if (isHandedOver) await exportHandedOver(stored, file, appThere, waitMs, context);
    else await exportForLooking(stored, file);
    return { result: { environment: name, outcome: isHandedOver ? 'handed_over' : 'exported', error: null } };
  } catch (error) {
    const { kind, code, message, hint } = failureOf(error, context.console);
    return { result: { environment: typed(name), outcome: 'failed', error: { code, message, hint } }, kind };
  }
}

function printOne({ result }: Moved, folder: string, { console }: Context): void {
  const { environment, outcome } = result;
  printFailure(result, console);
  if (outcome === 'failed') return;
  const file = path.join(folder, `${environment}.postman_environment.json`);
  const what = words[outcome] ?? 'without tokens and secrets:';
  console.print(`${console.style.green(environment)}: ${what} ${fs.existsSync(file) ? file : folder}`);
}

const words: Readonly<Partial<Record<Moved['result']['outcome'], string>>> = {
  handed_over: 'handed over, with its tokens:',
  already_there: 'was handed over before:',
};
