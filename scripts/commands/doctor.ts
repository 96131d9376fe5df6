import type { Command } from 'commander';
import { databaseOf, dotEnvFolders, realPlaceIn, runnerOf, storeOf, storeUrlOf, type Context } from '../context';
import { duplicateGrants, ownedBy, formatDuplicates } from '../environment/duplicates';
import { dotEnvFiles } from '../environment/files/dotenv';
import { heldTenantId } from '../environment/tenant';
import { exitCodeOf } from '../errors';
import { askAbout, examine, type Examination } from '../run/examine';
import { sealedFacts } from '../manage/sealing/sealed-facts';
import { nameOfProxy, proxyFor } from '../network/proxy';
import { diagnoseApp, diagnoseNames, diagnoseProbe, type DoctorFinding } from '../status/diagnosis';
import { diagnoseDotEnv, formatDotEnv } from '../status/diagnose-dotenv';
import { diagnoseKeyInDotEnv, diagnoseSealing } from '../status/diagnose-sealing';
import { findingTexts } from '../status/findings-text';
import { onceEach } from '../status/read-rows';
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

/** How many are examined at once: a database that is far away takes its time for each. */
const atOnce = 8;

/**
 * Prints what is wrong and the command that mends it. Exit code 0 only when nothing is wrong. To try what a refresh does,
 * it locks each file and replaces it by its own text.
 */
export async function doctor({ names, isJson, isOnline }: DoctorCommand, context: Context): Promise<number> {
  const listed = names.length > 0 ? names : await storeOf(context).names();
  if (listed.length === 0) throw storeOf(context).noneFound();
  const attemptsIn = onceEach((home) => home.lastAttempts());
  const sealed = await sealedFacts(context);
  const canOpen = sealed?.lack === undefined;
  const { default: pLimit } = await import('p-limit');
  const examinations = await pLimit(atOnce).map(listed, (name) => examine(name, attemptsIn, context, canOpen));
  if (isOnline === true) for (const one of examinations) one.findings.push(...(await askAbout(one, context, canOpen)));
  const endpoints = await probeEndpoints(examinations, context);
  printProxies(examinations, context);
  const dotenv = dotEnvFiles(context.variables(), dotEnvFolders(context.folder));
  const duplicates = duplicateGrants(
    examinations.flatMap(({ environment }) => (environment ? ownedBy(environment) : [])),
    realPlaceIn(context),
  ).map((group): DoctorFinding => ({
    kind: 'invalid',
    code: 'duplicate_connection',
    problem: formatDuplicates(group),
    mend: `take the others away, and keep ${group[0] ?? ''}`,
  }));
  const store = storeOf(context);
  const here = examinations.filter(({ given }) => store.homeOf(given) === store);
  const shared = [...(await diagnoseApps(context)), ...(await diagnoseDatabase(context))];
  const aboutKeys = [...(sealed === undefined ? [] : diagnoseSealing(sealed)), ...diagnoseKeyInDotEnv(dotenv)];
  const general = [
    ...endpoints,
    ...duplicates,
    ...diagnoseNames(here.flatMap(({ environment }) => environment ?? [])),
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
