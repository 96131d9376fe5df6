import type { Command } from 'commander';
import { askConnections, noteListing } from '../consent/organisation';
import { databaseOf, dotEnvFolders, environmentNamed, runnerOf, storeOf, storeUrlOf, type Context } from '../context';
import { duplicateGrants, ownedBy, formatDuplicates } from '../environment/duplicates';
import type { ContractKey, Environment } from '../environment/environment';
import { dotEnvFiles } from '../environment/files/dotenv';
import { grantOf } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { credentialKeys, requireSettings, settingsOf, type Settings } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { heldTenantId } from '../environment/tenant';
import { exitCodeOf, Failure, typed } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { LastAttempt } from '../history/attempt';
import { sealedFacts } from '../manage/sealing/sealed-facts';
import { nameOfProxy, proxyFor } from '../network/proxy';
import {
  diagnoseApp,
  diagnoseAttempt,
  diagnoseFile,
  diagnoseGrant,
  diagnoseListing,
  diagnoseNames,
  diagnoseProbe,
  diagnoseScopes,
  diagnoseSettings,
  type DoctorFinding,
} from '../status/diagnosis';
import { diagnoseDotEnv, formatDotEnv } from '../status/diagnose-dotenv';
import { diagnoseKeyInDotEnv, diagnoseSealing, diagnoseUnsealed, exceptKey } from '../status/diagnose-sealing';
import { forOneRequest } from '../refresh/access';
import { findingTexts } from '../status/findings-text';
import { openLink, standingOf } from '../status/standing';
import { command, type Run } from './options';

export interface DoctorCommand {
  readonly names: readonly string[];
  readonly isJson: boolean;
  /** Ask Xero, with the access token of each, whether its organisation is still connected. */
  readonly isOnline?: boolean | undefined;
}

export function define(program: Command, run: Run): void {
  command(program, 'doctor [names...]', 'say what is wrong, and the command that mends it', 'doctor')
    .option('--online', 'ask Xero whether each organisation is still connected; refreshes what is due for that')
    .option('--json', 'print JSON')
    .action((names: string[], { json = false, online }: { json?: boolean; online?: boolean }) =>
      run((context) => doctor({ names, isJson: json, isOnline: online }, context)),
    );
}

interface Examination {
  readonly name: string;
  readonly findings: DoctorFinding[];
  readonly environment?: Environment;
  readonly settings?: Settings;
}

/** How many are examined at once: a database that is far away takes its time for each. */
const atOnce = 8;

/** How long to wait for a lock. A refresh that holds it for longer becomes a finding. */
const lockWaitMs = 2000;

/**
 * Prints what is wrong and the command that mends it. Exit code 0 only when nothing is wrong. To try what a refresh does,
 * it locks each file and replaces it by its own text.
 */
export async function doctor({ names, isJson, isOnline }: DoctorCommand, context: Context): Promise<number> {
  const listed = names.length > 0 ? names : await storeOf(context).names();
  if (listed.length === 0) throw storeOf(context).noneFound();
  const attempts = await storeOf(context).lastAttempts();
  const sealed = await sealedFacts(context);
  const canOpen = sealed?.lack === undefined;
  const { default: pLimit } = await import('p-limit');
  const examinations = await pLimit(atOnce).map(listed, (name) => examine(name, attempts, context, canOpen));
  if (isOnline === true) for (const one of examinations) one.findings.push(...(await askAbout(one, context, canOpen)));
  const endpoints = await probeEndpoints(examinations, context);
  printProxies(examinations, context);
  const dotenv = dotEnvFiles(context.variables(), dotEnvFolders(context.folder));
  const duplicates = duplicateGrants(
    examinations.flatMap(({ environment }) => (environment ? ownedBy(environment) : [])),
  ).map((group): DoctorFinding => ({
    kind: 'invalid',
    code: 'duplicate_connection',
    problem: formatDuplicates(group),
    mend: `take the others away, and keep ${group[0] ?? ''}`,
  }));
  const named = examinations.flatMap(({ environment }) => environment ?? []);
  const shared = [...(await diagnoseApps(context)), ...(await diagnoseDatabase(context))];
  const aboutKeys = [...(sealed === undefined ? [] : diagnoseSealing(sealed)), ...diagnoseKeyInDotEnv(dotenv)];
  const general = [
    ...endpoints,
    ...duplicates,
    ...diagnoseNames(named),
    ...diagnoseDotEnv(dotenv),
    ...aboutKeys,
    ...shared,
  ];
  if (isJson) {
    const environments = examinations.map(({ name, environment, findings }) => ({
      environment: name,
      tenantId: environment === undefined ? null : heldTenantId(environment),
      findings,
    }));
    const settings = dotenv.map(({ file, names }) => ({ file, names }));
    context.console.print(JSON.stringify({ environments, general, dotenv: settings }, null, 2));
  } else {
    for (const file of dotenv) context.console.print(formatDotEnv(file));
    printAll(examinations, general, context);
  }
  const kinds = [...examinations.flatMap(({ findings }) => findings), ...general].map(({ kind }) => kind);
  return exitCodeOf(kinds.filter((kind) => kind !== 'warning'));
}

async function examine(
  name: string,
  attempts: ReadonlyMap<string, LastAttempt>,
  context: Context,
  canOpen: boolean,
): Promise<Examination> {
  const findings: DoctorFinding[] = [];
  try {
    const stored = environmentNamed(context, name);
    const environment = await stored.read();
    const facts = await stored.facts();
    findings.push(...diagnoseFile(facts, stored.name));
    const failures = facts.tracking === 'tracked' ? [] : exceptKey(await trySave(stored), canOpen);
    findings.push(...failures.filter(({ mend }) => !findings.some((one) => one.mend === mend)));
    const unusable = unusableRow(environment, stored.where);
    if (unusable !== undefined) throw unusable;
    const now = context.now();
    const grant = grantOf(environment, now);
    const isHeld = failures.some(({ kind }) => kind === 'busy'); // its mark is that of a refresh under way
    if (!isHeld || grant.state !== 'interrupted') {
      findings.push(...diagnoseGrant(grant, stored.name, now, openLink(environment, now)));
    }
    const last = attempts.get(stored.name) ?? null;
    const standing = standingOf(environment, grant, last, { isLocked: false, now });
    if (standing?.detail === 'failing') findings.push(...diagnoseAttempt((await stored.attempts()).at(-1)));
    findings.push(...diagnoseUnsealed(environment));
    const settings = settingsOf(environment, context.env(), stored.where);
    requireSettings(settings, neededKeys(settings, canOpen), stored.where);
    findings.push(...diagnoseSettings(canOpen ? settings : withoutSecret(settings)), ...diagnoseScopes(settings));
    return { name: stored.name, findings, environment, settings };
  } catch (error) {
    return { name: typed(name), findings: exceptKey([...findings, findingOf(error)], canOpen) };
  }
}

/** What Xero says of an environment's organisation; nothing where its connection is not to be asked about. */
async function askAbout(
  { name, environment, findings }: Examination,
  context: Context,
  canOpen: boolean,
): Promise<DoctorFinding[]> {
  const isFaulty = findings.some(({ kind }) => kind !== 'warning');
  if (environment === undefined || isFaulty || grantOf(environment, context.now()).state !== 'connected') return [];
  try {
    const stored = environmentNamed(context, name);
    const asked = await withAccess(stored, forOneRequest, context);
    const list = await askConnections(stored, asked, context, runnerOf(context));
    await noteListing(stored, asked, list, context.now());
    return diagnoseListing(asked, list);
  } catch (error) {
    return exceptKey([findingOf(error)], canOpen);
  }
}

async function diagnoseApps(context: Context): Promise<DoctorFinding[]> {
  const store = storeOf(context);
  const findings: DoctorFinding[] = [];
  for (const name of await store.apps()) {
    const app = store.app(name);
    findings.push(...diagnoseApp(await app.facts(), app.where));
  }
  return findings;
}

/** Of a database what would cost tokens; `store check` says the rest. */
async function diagnoseDatabase(context: Context): Promise<DoctorFinding[]> {
  const url = storeUrlOf(context);
  if (url === '') return [];
  const { checkDatabase } =
    require('../environment/database/check/check') as typeof import('../environment/database/check/check');
  const { stateFolder } = context;
  const place = { database: databaseOf(context), url, env: context.env(), stateFolder };
  const { findings } = await checkDatabase(place, context.now());
  return findings
    .filter(({ isGrave }) => isGrave)
    .map(({ code, problem, why, mend }) => ({ kind: 'invalid', code, problem: `${problem}: ${why}`, mend }));
}

/** Does what a refresh does before it asks Xero: locks, reserves space for the answer, replaces the file by its own text. */
async function trySave(stored: StoredEnvironment): Promise<DoctorFinding[]> {
  try {
    const locked = await stored.lock(lockWaitMs);
    try {
      await locked.prepareSave({});
    } finally {
      await locked.release();
    }
    return [];
  } catch (error) {
    const finding = findingOf(error);
    return finding.code === 'switched_off' || finding.code === 'misspelt_key' ? [] : [finding];
  }
}

/** @throws the error itself when it is not an expected failure */
function findingOf(error: unknown): DoctorFinding {
  if (!(error instanceof Failure) || error.kind === 'bug') throw error;
  const { kind, code, message, hint } = error;
  return { kind, code, problem: message, mend: hint };
}

/** For a process that can't open the client secret: nothing is said of it. */
function withoutSecret(settings: Settings): Settings {
  return { ...settings, value: (key) => (key === 'client_secret' ? '' : settings.value(key)) };
}

function neededKeys({ appType }: Settings, canOpen: boolean): ContractKey[] {
  const consent: ContractKey[] = ['authorize_url', 'revocation_url', 'redirect_uri', 'scopes'];
  return [
    'token_url',
    'connections_url',
    'api_url',
    ...credentialKeys(appType).filter((key) => canOpen || key !== 'client_secret'),
    ...(appType === 'custom_connection' ? [] : consent),
  ];
}

/** Asks each endpoint once, without credentials, even when several environments have it. */
async function probeEndpoints(examinations: readonly Examination[], context: Context): Promise<DoctorFinding[]> {
  const urls = new Map<string, string>();
  for (const { settings } of examinations) {
    for (const key of ['authorize_url', 'token_url', 'connections_url'] as const) {
      const url = settings?.value(key) ?? '';
      if (url !== '') urls.set(url, key);
    }
  }
  if (urls.size === 0) return [];
  const answers = await runnerOf(context).probe([...urls.keys()]);
  return [...urls].flatMap(([url, key]) =>
    diagnoseProbe({ key, url, answer: answers.get(url) ?? silence, at: context.now() }),
  );
}

/** Says which hosts are asked through a proxy. This is no fault, but it helps a person who looks for one. */
function printProxies(examinations: readonly Examination[], { console, variables }: Context): void {
  const urls = examinations
    .flatMap(({ settings }) => settings?.value('token_url') ?? [])
    .filter((url) => URL.canParse(url));
  const said = urls.flatMap((text) => {
    const url = new URL(text);
    const choice = proxyFor(url, variables());
    return choice?.kind === 'proxy' ? [`note: ${url.host} is asked through the proxy ${nameOfProxy(choice.url)}`] : [];
  });
  for (const note of new Set(said)) console.tell(note);
}

const silence = { kind: 'lost', code: 'no answer', sent: false } as const;

/** Problems only, those of one cause together; where there is none, that is said once. */
function printAll(examinations: readonly Examination[], general: readonly DoctorFinding[], { console }: Context): void {
  const { style } = console;
  const texts = findingTexts(examinations);
  for (const { text, isWarning } of texts) console.print(isWarning ? style.yellow(text) : style.red(text));
  for (const { kind, problem, mend } of general)
    console.print(`${kind === 'warning' ? style.yellow(problem) : style.red(problem)}\n  → ${mend}`);
  if (texts.length === 0 && general.length === 0) console.print(style.green('no problems'));
}
