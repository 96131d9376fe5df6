import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { databaseOf, keysHere, storeOf, type Context } from '../../context';
import { fileStore } from '../../environment/files/file-store';
import { listEnvironments, resolveEnvironment } from '../../environment/files/files';
import { ending } from '../../environment/files/misnamed-files';
import { realPath } from '../../environment/files/paths';
import { sealingIn } from '../../environment/files/sealed/sealing-in';
import { isName } from '../../environment/names';
import { exitCodeOf, Failure, invalid, typed } from '../../errors';
import type { ImportedClient } from '../../manage/import-clients';
import type { Imported, ImportSource, ImportTarget } from '../../manage/import-file';
import { ownerOf } from '../../owner/owners';
import { failureOf, type Console } from '../../terminal/console';
import { counted } from '../../text/count';
import { shellQuoted } from '../../text/shell';
import { command, duration, type Run } from '../options';
import { printFailure, type Moved } from './moved';

export interface ImportCommand {
  /** Folders with environments, and files of environments. */
  readonly places: readonly string[];
  /** Say what would be done, and change nothing. */
  readonly isDry: boolean;
  readonly isJson: boolean;
  readonly waitMs: number;
}

interface ImportFlags {
  readonly lost?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly wait: number;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'import [files...]',
    'move environments from files, or from folders of them, into the database; again finishes what was cut off',
    'store import environments',
  )
    .option('--lost <name>', 'the file of this environment, whose import was cut off, is lost: go on with the copy')
    .option('--yes', 'with --lost: do not ask')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--json', 'print JSON')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((places: readonly string[], { lost, yes = false, dryRun = false, json = false, wait }: ImportFlags) =>
      run((context) => {
        if (lost === undefined) return importFiles({ places, isDry: dryRun, isJson: json, waitMs: wait }, context);
        if (places.length === 0) return goOnWithCopy(lost, yes, context);
        throw invalid(
          'which',
          '--lost takes no files',
          `leave them out: npx evergrant store import --lost ${typed(lost)}`,
        );
      }),
    );
}

/** Moves environments from files into the database; one that can't be moved does not stop the others. @throws Failure */
export async function importFiles(options: ImportCommand, context: Context): Promise<number> {
  const { console } = context;
  if (options.places.length === 0) throw invalid('which', 'say which files', 'as in npx evergrant store import DIR');
  const target = await targetOf(context);
  const files = onceEach(options.places.flatMap(filesAt));
  const done: Moved[] = [];
  const planned = new Map<string, string>();
  for (const file of files) {
    const one = await importOne(file, target, planned, options, context);
    done.push(one);
    if (!options.isJson) printResult(one, target.database.where, context);
  }
  const clients = await clientsOf(files, target, options, context);
  if (options.isJson) {
    const results = done.map(({ result }) => result);
    console.print(
      JSON.stringify({ results, ...(clients.length === 0 ? {} : { clients: clients.map(lineOf) }) }, null, 2),
    );
  } else if (!options.isDry && done.some(({ result }) => result.outcome === 'imported')) tellNext(files, context);
  const ofClients = clients.flatMap(({ outcome }) => (outcome instanceof Failure ? outcome.kind : []));
  return exitCodeOf([...done.flatMap(({ kind }) => kind ?? []), ...ofClients]);
}

/** @throws Failure `invalid` where the store is no database, or one that nothing may be put into */
async function targetOf(context: Context): Promise<ImportTarget> {
  const target = { database: databaseOf(context), store: storeOf(context) };
  const { refuseOther } =
    require('../../environment/database/identity/guard') as typeof import('../../environment/database/identity/guard');
  await refuseOther(target.database);
  return target;
}

/** The programs that may ask `serve` for tokens come along, once all environments of their folder are named. */
async function clientsOf(
  files: readonly string[],
  { database, store }: ImportTarget,
  { isDry, isJson }: ImportCommand,
  { console, stateFolder }: Context,
): Promise<readonly ImportedClient[]> {
  const { importClients } = require('../../manage/import-clients') as typeof import('../../manage/import-clients');
  const all: ImportedClient[] = [];
  for (const folder of new Set(files.map((file) => path.dirname(file)))) {
    const registry = fileStore(folder, stateFolder).clients();
    const own = filesAt(folder);
    if (own.some((file) => !files.includes(file))) {
      const count = (await registry.list()).length;
      if (count > 0 && !isJson)
        console.say(
          `note: ${counted(count, 'client')} of ${folder} stay there\n  → with all its environments: npx evergrant store import ${shellQuoted(folder)}`,
        );
      continue;
    }
    const environments = own.map((file) => path.basename(file, ending)).filter(isName); // of another it was said
    all.push(...(await importClients(registry, environments, store, { isDry })));
  }
  if (!isJson) for (const one of all) printClient(one, isDry, database.where, console);
  return all;
}

function printClient({ client, outcome }: ImportedClient, isDry: boolean, where: string, console: Console): void {
  if (outcome instanceof Failure) console.say(`evergrant: ${outcome.message}\n  → ${outcome.hint}`);
  else console.print(`client ${console.style.green(client)}: ${sayings[outcome][isDry ? 1 : 0]} ${where}`);
}

/** One client of `store import --json`. */
function lineOf({ client, outcome }: ImportedClient): object {
  if (!(outcome instanceof Failure)) return { client, outcome, error: null };
  const { code, message, hint } = outcome;
  return { client, outcome: 'failed', error: { code, message, hint } };
}

/** Goes on with the copy of an environment, after a question: where its file is not lost, two homes would hold one token. */
async function goOnWithCopy(name: string, isSure: boolean, context: Context): Promise<number> {
  const { cutOffImport, finishLost } = require('../../manage/finish-lost') as typeof import('../../manage/finish-lost');
  const { console } = context;
  const target = await targetOf(context);
  const arrival = await cutOffImport(name, target);
  if (!isSure) {
    const question = `if the file of ${name} on ${arrival.host} is used again, the two end each other's token. Is it lost? [y/N]`;
    const answer = await console.ask(question, 'shown');
    if (!/^y(es)?$/i.test(answer ?? '')) {
      const why = answer === undefined ? '--lost asks first, and there is no terminal' : 'it was not confirmed';
      const hint = `without a question: npx evergrant store import --lost ${name} --yes`;
      throw invalid('not_confirmed', `${why}: nothing was changed`, hint);
    }
  }
  await finishLost(name, arrival, target, context);
  console.print(`${console.style.green(name)}: imported into ${target.database.where}`);
  return 0;
}

/** The files that a place stands for. @throws Failure `invalid` for a place that is not there, and an empty folder */
function filesAt(place: string): string[] {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw invalid(
      'no_file',
      `there is no file or folder ${typed(place)}`,
      'name a folder with environments, or a file',
    );
  }
  if (!stat.isDirectory()) return [path.resolve(place)];
  const names = listEnvironments(place);
  if (names.length === 0) throw fileStore(place, '').noneFound();
  return names.map((name) => path.resolve(place, name.endsWith('.json') ? name : `${name}.postman_environment.json`));
}

/** Each environment by its first place, though it was named again, or by a link. */
function onceEach(files: readonly string[]): string[] {
  const all = new Map<string, string>();
  for (const file of files) if (!all.has(realPath(file))) all.set(realPath(file), file);
  return [...all.values()];
}

async function importOne(
  file: string,
  target: ImportTarget,
  planned: Map<string, string>,
  { isDry, waitMs }: ImportCommand,
  context: Context,
): Promise<Moved> {
  const { importFile, planImport } = require('../../manage/import-file') as typeof import('../../manage/import-file');
  const shown = typed(path.basename(file).replace(/\.postman_environment\.json$/, ''));
  const dryRun = isDry ? ({ dryRun: true } as const) : {};
  try {
    const source = sourceAt(file, context);
    await source.stored.read().catch((error: unknown) => {
      throw ofFile(error, file);
    });
    const outcome = isDry
      ? await planImport(source, target, planned, context)
      : await importFile(source, target, waitMs, context);
    return { result: { environment: source.stored.name, outcome, error: null, ...dryRun } };
  } catch (error) {
    const { kind, code, message, hint } = failureOf(error, context.console);
    return { result: { environment: shown, outcome: 'failed', error: { code, message, hint }, ...dryRun }, kind };
  }
}

/** What is wrong with a file is mended there, and not in the database. */
function ofFile(error: unknown, file: string): unknown {
  if (!(error instanceof Failure)) return error;
  const { amongFiles } = require('../../manage/import-file') as typeof import('../../manage/import-file');
  const { kind, code, message, hint } = error;
  return new Failure(kind, code, message, amongFiles(hint, file), { cause: error });
}

/** @throws Failure `invalid` for a file that is no environment's, or another user's */
function sourceAt(file: string, context: Context): ImportSource {
  const { stateFolder } = context;
  const { keptBeside } =
    require('../../environment/files/moving/kept-beside') as typeof import('../../environment/files/moving/kept-beside');
  const folder = path.dirname(file);
  const { name } = resolveEnvironment(folder, file);
  if (process.getuid?.() === 0 && ownerOf(file).uid !== 0) {
    throw invalid(
      'of_another_user',
      `${file} is another user's, and root writes in no user's folder`,
      'run it as that user',
    );
  }
  const keys = keysHere(context);
  const stored = fileStore(folder, stateFolder, keys).environment(file);
  const kept = { name, sealing: sealingIn(folder, keys) };
  return { stored, kept: () => keptBeside(kept, file, stateFolder) };
}

const sayings: Readonly<Record<Imported, readonly [done: string, planned: string]>> = {
  imported: ['imported into', 'would be imported into'],
  already_there: ['was already in', 'is already in'],
};

function printResult({ result }: Moved, where: string, { console }: Context): void {
  const { environment, outcome, dryRun } = result;
  printFailure(result, console);
  if (outcome !== 'imported' && outcome !== 'already_there') return;
  const [done, planned] = sayings[outcome];
  console.print(`${console.style.green(environment)}: ${dryRun === true ? planned : done} ${where}`);
}

function tellNext(files: readonly string[], { console }: Context): void {
  console.tell(
    `the files (${counted(files.length, 'file')}) stay, marked as handed over: a job that still uses them spends nothing`,
  );
  console.tell('next, with EVERGRANT_STORE set on every machine: npx evergrant refresh --all');
}
