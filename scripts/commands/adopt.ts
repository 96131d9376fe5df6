import fs from 'node:fs';
import type { Command } from 'commander';
import { environmentNamed, storeOf, type Context } from '../context';
import { editEnvironment } from '../environment/edit';
import { secretsOf } from '../environment/environment';
import { readEnvironmentText } from '../environment/files/files';
import { appTypeNamed, fromTemplate } from '../environment/files/template';
import { readAdoptable, type Adoptable } from '../environment/import/formats';
import { changesToTakeOver, isHeldAlready, refuseTakeOver } from '../environment/import/take-over';
import { isName } from '../environment/names';
import { recordChange } from '../environment/record-change';
import { credentialKeys, requireSettings, settingsOf } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { Failure, invalid } from '../errors';
import { appTypeOption, command, duration, type Run } from './options';

export interface AdoptCommand {
  readonly name: string;
  /** `-` for standard input. */
  readonly file: string;
  /** For a file that doesn't name its app type, such as a token set. */
  readonly appType?: string | undefined;
  /** The name of the connection to take from a file that holds several. */
  readonly from?: string | undefined;
  readonly waitMs: number;
}

interface AdoptFlags {
  readonly appType?: string;
  readonly from?: string;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'adopt <name> <file>',
    'take over a connection from Postman, an SDK or another program; - is standard input',
    'adopt acme acme-export.json',
  )
    .alias('import')
    .addOption(appTypeOption('for a file that does not say, such as a refresh token alone'))
    .option('--from <name>', 'which one, where a file holds several, such as a data dump of Postman')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, file: string, { appType, from, wait }: AdoptFlags) =>
      run((context) => adopt({ name, file, appType, from, waitMs: wait }, context)),
    );
}

/** Takes over a connection that Postman or another program has kept until now. Never replaces a larger generation. */
export async function adopt(options: AdoptCommand, context: Context): Promise<number> {
  const { name, file, from } = options;
  const where = file === '-' ? 'standard input' : file;
  const reading = { now: context.now(), env: context.env(), from };
  const found = await withOwnApp(readAdoptable(await readGiven(options, context), where, reading), context);
  for (const secret of secretsAmong(found)) context.console.secrets.add(secret);
  const stored = environmentNamed(context, name);
  if (!(await stored.exists())) {
    await stored.create(fromTemplate(appTypeNamed(appTypeFor(options, found, where)), stored.name).text);
  }
  const locked = await stored.lock(options.waitMs);
  try {
    await locked.pickUpRecovery();
    const environment = await locked.read();
    for (const secret of secretsOf(environment)) context.console.secrets.add(secret);
    if (isHeldAlready(environment, found)) {
      context.console.print(`${stored.name} holds these tokens already`);
      return 0;
    }
    refuseTakeOver(environment, found, where, context.now());
    const changes = changesToTakeOver(environment, found);
    editEnvironment(environment.text, changes, stored.where); // refuses a row that is switched off, before anything is written
    await locked.prepareSave({});
    locked.keep(changes);
    await locked.settle();
    await recordChange(stored, 'taken_over', { before: environment, after: await locked.read() }, context);
  } finally {
    await locked.release();
  }
  await printTakenOver(stored, found, where, context);
  return 0;
}

/** Without the app that it names, unless there is one of that name here, too. */
async function withOwnApp(found: Adoptable, context: Context): Promise<Adoptable> {
  const { app = '', ...others } = found.changes;
  if (app === '' || (isName(app) && (await storeOf(context).apps()).includes(app))) return found;
  context.console.say(`note: app there names no app that is here, and was left out: npx evergrant set --app APP`);
  return { ...found, changes: others };
}

/** The limit is large because a data dump of Postman also holds collections with their examples. */
const largestDumpBytes = 64 * 1024 * 1024;

async function readGiven({ name, file }: AdoptCommand, { console }: Context): Promise<string> {
  if (file === '-') {
    return (
      (await console.ask('paste the text of Hand over, or a refresh token (not shown)', 'hidden')) ??
      (await console.readInput(largestDumpBytes))
    );
  }
  if (fs.existsSync(file)) return readEnvironmentText(file, name, largestDumpBytes);
  throw invalid('no_file', `there is no file ${file}`, 'name the file that holds the tokens, or - for standard input');
}

function secretsAmong({ changes }: Adoptable): string[] {
  const { access_token: accessToken = '', refresh_token: refreshToken = '', client_secret: secret = '' } = changes;
  return [accessToken, refreshToken, secret].filter((value) => value !== '');
}

function appTypeFor({ appType }: AdoptCommand, found: Adoptable, where: string): string {
  const type = appType ?? found.appType;
  if (found.appType === undefined && type === 'custom_connection') throw needsNoToken(where, found);
  if (type !== undefined) return type;
  throw invalid(
    'which_app',
    `${where} holds ${found.format} alone, which doesn't say what kind of app it is for`,
    'say --app-type web (an app with a secret) or --app-type pkce',
  );
}

function needsNoToken(where: string, { format }: Adoptable): Failure {
  return invalid(
    'no_refresh_token',
    `${where} holds ${format} alone, and a custom connection has none`,
    'say --app-type web or --app-type pkce, or make one: npx evergrant init NAME --app-type custom_connection',
  );
}

async function printTakenOver(
  stored: StoredEnvironment,
  found: Adoptable,
  where: string,
  context: Context,
): Promise<void> {
  const { console } = context;
  const which = found.name === '' ? '' : ` (${found.name})`;
  console.print(`${stored.name}: took over ${found.format}${which} from ${where}`);
  for (const key of found.strangers) {
    console.say(`note: ${key} there leads to a host that is not known here, and was left out`);
  }
  for (const key of found.vaulted ?? []) {
    console.say(`note: the value of ${key} is in a vault, and not in ${where}: Postman shows it under Vault`);
  }
  const missing = await stillMissing(stored, context);
  if (missing !== undefined) console.say(`note: ${missing.message}\n  → ${missing.hint}`);
  const { name } = stored;
  console.tell("from now on this machine is the tokens' only owner: refresh them nowhere else, not in Postman either");
  if (where !== 'standard input') console.say(`${where} still holds them: delete it`);
  console.tell(`next: npx evergrant refresh ${name} --force && npx evergrant connections ${name}`);
}

/** The failure that the next refresh would end with, to print it while a person is there; undefined when it would work. */
async function stillMissing(stored: StoredEnvironment, context: Context): Promise<Failure | undefined> {
  try {
    const settings = settingsOf(await stored.read(), context.env(), stored.where);
    requireSettings(settings, ['token_url', ...credentialKeys(settings.appType)], stored.where);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
