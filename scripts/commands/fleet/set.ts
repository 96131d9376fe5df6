import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { weaknessOf } from '../../environment/weak-secret';
import { exitCodeOf, invalid, systemCode, type Failure } from '../../errors';
import { awaitGiven } from '../../given-file';
import { selectAll, setApp, setOne, type SetDone, type SetOrder } from '../../manage/set';
import { secretGiven, settingGiven, settableKeys, type Wanted } from '../../manage/settable';
import { counted } from '../../text/count';
import { addNote, command, duration, type Run } from '../options';

export interface SetCommand {
  /** Names of environments, and settings as `KEY=VALUE`, in any order. */
  readonly words: readonly string[];
  readonly isAll: boolean;
  /** Only the environments of this client id. */
  readonly clientId?: string | undefined;
  /** The app whose settings are set, instead of an environment's. */
  readonly app?: string | undefined;
  /** The file that holds a new client secret; `-` for standard input. */
  readonly secretFrom?: string | undefined;
  readonly mayReplace: boolean;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly waitMs: number;
}

interface SetFlags {
  readonly all?: boolean;
  readonly clientId?: string;
  readonly app?: string;
  readonly secretFrom?: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  const verb = command(
    program,
    'set [names...]',
    'set settings: names of environments, then KEY=VALUE; the client secret by --secret-from',
    'set acme birch scopes="offline_access accounting.contacts"',
  )
    .option('--all', 'every environment, one after the other')
    .option('--client-id <id>', 'with --all: only those of this client id')
    .option('--app <app>', 'set it once for all environments that name this app (set NAME app=APP)')
    .option('--secret-from <file>', 'a new client_secret, from a file or, as -, from standard input')
    .option('--replace', 'allow another client id, which needs a new consent')
    .option('--dry-run', 'say what would be changed')
    .option('--json', 'print JSON')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((words: string[], { wait, ...flags }: SetFlags) =>
      run((context) =>
        set(
          {
            words,
            isAll: flags.all === true,
            clientId: flags.clientId,
            app: flags.app,
            secretFrom: flags.secretFrom,
            mayReplace: flags.replace === true,
            isDryRun: flags.dryRun === true,
            isJson: flags.json === true,
            waitMs: wait,
          },
          context,
        ),
      ),
    );
  addNote(
    verb,
    `Settings: ${settableKeys.join(', ')}. A blank one (scopes=) is filled by the app, the process or .env.`,
  );
}

/** Sets settings, each environment under its lock. @throws Failure `invalid` before anything is changed */
export async function set(options: SetCommand, context: Context): Promise<number> {
  const names = options.words.filter((word) => !word.includes('='));
  refuseUnclear(names, options);
  const wanted = await settingsGiven(options, context);
  const { mayReplace, isAll, isDryRun, waitMs } = options;
  const order = { wanted, mayReplace, isAll, isDryRun, waitMs, env: context.env(), now: context.now() };
  if (options.app !== undefined) return await setOfApp(options.app, order, options.isJson, context);
  const selected = isAll ? await selectAll(options.clientId, wanted, context) : [...new Set(names)];
  if (selected.length === 0) throw await noneSelected(options.clientId, context);
  return await setEach(selected, order, options.isJson, context);
}

async function noneSelected(clientId: string | undefined, context: Context): Promise<Failure> {
  const store = storeOf(context);
  const there = await store.names();
  if (clientId === undefined || there.length === 0) return store.noneFound();
  return invalid(
    'no_such_client',
    `none of ${counted(there.length, 'environment')} has this client id`,
    'copy it from developer.xero.com, or name the environments',
  );
}

function refuseUnclear(names: readonly string[], { isAll, app, clientId }: SetCommand): void {
  const places = [names.length > 0, isAll, app !== undefined].filter(Boolean).length;
  if (places === 1 && (clientId === undefined || isAll)) return;
  const problem =
    places === 0 ? 'set needs to know where' : 'names, --all and --app exclude each other; --client-id goes with --all';
  throw invalid('which_environments', problem, 'name environments, or say --all, or --app APP');
}

async function settingsGiven({ words, secretFrom, app }: SetCommand, context: Context): Promise<Wanted> {
  const given = words.filter((word) => word.includes('=')).map((word) => settingGiven(word, context.env()));
  const keys = given.map(([key]) => key);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw invalid('given_twice', `${twice} is given twice`, 'say once what it is to be');
  if (secretFrom === undefined && given.length > 0) return Object.fromEntries(given);
  if (secretFrom === undefined) {
    const place = app === undefined ? 'NAME' : `--app ${app}`;
    throw invalid('nothing_to_set', 'there is nothing to set', `as in npx evergrant set ${place} scopes=SCOPES`);
  }
  const secret = secretGiven(await readSecret(secretFrom, context));
  context.console.secrets.add(secret);
  const why = weaknessOf(secret, []);
  if (why !== undefined) context.console.say(`note: client_secret is weak: ${why}`);
  return { ...Object.fromEntries(given), client_secret: secret };
}

const mostSecretBytes = 64 * 1024;

async function readSecret(place: string, { console }: Context): Promise<string> {
  if (place === '-') return (await console.ask('client secret (not shown)', 'hidden')) ?? (await console.readInput());
  try {
    return (await awaitGiven(place, mostSecretBytes)).toString('utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unknown';
    const hint = 'name the file that holds the secret alone, or - for standard input';
    throw invalid('no_secret', `cannot read the secret from the file given by --secret-from (${code})`, hint, error);
  }
}

async function setEach(names: readonly string[], order: SetOrder, isJson: boolean, context: Context): Promise<number> {
  const done: SetDone[] = [];
  for (const name of names) {
    if (context.signals.isStopping()) break;
    const one = await context.signals.uninterrupted(() => setOne(name, order, context));
    done.push(one);
    if (!isJson) printOne(one, context);
  }
  if (isJson) context.console.print(JSON.stringify({ results: done.map(({ result }) => result) }, null, 2));
  else printSummary(names, done, context);
  sayNext(done, order, context);
  const isCutOff = done.length < names.length;
  return exitCodeOf(done.flatMap(({ kind }) => kind ?? [])) || (isCutOff ? context.signals.exitCode() : 0);
}

function printOne({ result }: SetDone, { console }: Context): void {
  const { environment, changed, error, dryRun = false } = result;
  if (error !== null) console.say(`evergrant: ${error.message}\n  → ${error.hint}`);
  else if (changed.length === 0) console.print(`${environment}: unchanged`);
  else console.print(`${environment}: ${dryRun ? 'would set' : 'set'} ${changed.join(', ')}`);
}

function printSummary(names: readonly string[], done: readonly SetDone[], { console }: Context): void {
  const left = names.length - done.length;
  if (left > 0) console.say(`stopped: ${counted(left, 'environment')} left as before; run the same command again`);
  if (!console.isTerminal || names.length < 2) return;
  const count = (outcome: string): number => done.filter(({ result }) => result.outcome === outcome).length;
  const failed = done.filter(({ kind }) => kind !== undefined).length;
  const words = [`${count('changed')} changed`, `${count('unchanged')} unchanged`, `${failed} failed`];
  console.say(`${counted(names.length, 'environment')}: ${words.join(', ')}`);
}

/** What a person has to do after a change, once for all environments. */
function sayNext(done: readonly SetDone[], { isDryRun }: SetOrder, { console }: Context): void {
  if (isDryRun) return;
  const having = (key: string): SetDone[] => done.filter(({ result }) => result.changed.some((one) => one === key));
  const lost = done.filter(({ losesTokens }) => losesTokens);
  const whose = (those: readonly SetDone[]): string =>
    those.length === 1 ? (those[0]?.result.environment ?? '') : 'NAME';
  if (lost.length > 0) {
    console.say(`the tokens belong to the client id before: npx evergrant consent ${whose(lost)}`);
  } else if (having('redirect_uri').length > 0) {
    console.say(`links made before are void: npx evergrant consent ${whose(having('redirect_uri'))}`);
  }
  if (having('scopes').length > 0 && lost.length === 0) {
    console.say(`a new consent adds scopes, none takes them away: npx evergrant consent ${whose(having('scopes'))}`);
  }
  if (having('client_secret').some(({ hadSecret }) => hadSecret)) console.say(linksOfOldSecret);
}

const linksOfOldSecret =
  'links signed with the secret before are good while XERO_CLIENT_SECRET_PREVIOUS has that, in the process or .env';

const formerIsKept =
  'the secret before is kept beside it: where Xero refuses the new one, that is tried, and links that it has signed stay good';

async function setOfApp(app: string, order: SetOrder, isJson: boolean, context: Context): Promise<number> {
  const { console } = context;
  const { changed, environments, lost, keepsFormer } = await setApp(app, order, context);
  const dryRun = order.isDryRun || undefined;
  if (isJson) {
    console.print(JSON.stringify({ apps: [{ app, changed, environments, dryRun }] }, null, 2));
  } else if (changed.length === 0) console.print(`${app}: unchanged`);
  else {
    const said = order.isDryRun ? 'would set' : 'set';
    console.print(`${app}: ${said} ${changed.join(', ')}, for ${counted(environments.length, 'environment')}`);
  }
  if (order.isDryRun) return 0;
  if (lost.length > 0)
    console.say(`${lost.join(', ')}: the tokens belong to the client id before: npx evergrant consent NAME`);
  if (keepsFormer && changed.includes('client_secret')) console.say(formerIsKept);
  if (environments.length === 0) console.say(`no environment names it yet: npx evergrant set NAME app=${app}`);
  return 0;
}
