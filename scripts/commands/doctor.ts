import fs from 'node:fs';
import { homeOf, runnerOf, type Context } from '../context';
import {
  diagnoseFile,
  diagnoseGrant,
  diagnoseProbe,
  diagnoseSettings,
  type FileFacts,
  type Finding,
} from '../core/diagnosis';
import { duplicateGrants, ownedBy, sayDuplicates } from '../core/duplicates';
import type { ContractKey, Environment } from '../core/environment';
import { grantOf } from '../core/grant';
import type { EnvironmentHome } from '../core/home';
import { unusableRow } from '../core/row-faults';
import { credentialKeys, requireSettings, settingsOf, type Settings } from '../core/settings';
import { exitCodeOf, Failure, typed } from '../errors';
import { listEnvironments } from '../io/environment-files';
import { isTracked } from '../io/git';

export interface DoctorCommand {
  readonly names: readonly string[];
  readonly isJson: boolean;
}

interface Patient {
  readonly name: string;
  readonly findings: Finding[];
  readonly environment?: Environment;
  readonly settings?: Settings;
}

/** Says what is wrong and the command that mends it. Exit code 0 only when all is well. */
export async function doctor({ names, isJson }: DoctorCommand, context: Context): Promise<number> {
  const patients = (names.length > 0 ? names : listEnvironments(context.folder)).map((name) => examine(name, context));
  const endpoints = await probeEndpoints(patients, context);
  const duplicates = duplicateGrants(
    patients.flatMap(({ environment }) => (environment ? ownedBy(environment) : [])),
  ).map((group): Finding => ({
    kind: 'invalid',
    code: 'duplicate_connection',
    problem: sayDuplicates(group),
    mend: `move the files of the others away, and keep ${group[0]}`,
  }));
  const general = [...endpoints, ...duplicates];
  if (isJson) {
    const environments = patients.map(({ name, findings }) => ({ environment: name, findings }));
    context.console.print(JSON.stringify({ environments, general }, null, 2));
  } else sayAll(patients, general, context);
  return exitCodeOf([...patients.flatMap(({ findings }) => findings), ...general].map(({ kind }) => kind));
}

function examine(name: string, context: Context): Patient {
  const findings: Finding[] = [];
  try {
    const home = homeOf(context, name);
    const environment = home.read();
    findings.push(...diagnoseFile(factsOf(home), home.name));
    const unusable = unusableRow(environment, home.where);
    if (unusable !== undefined) throw unusable;
    findings.push(...diagnoseGrant(grantOf(environment, context.now()), home.name, context.now()));
    const settings = settingsOf(environment, context.outside(), home.where);
    requireSettings(settings, neededKeys(settings), home.where);
    findings.push(...diagnoseSettings(settings));
    return { name: home.name, findings, environment, settings };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'bug') throw error;
    const { kind, code, message, hint } = error;
    return { name: typed(name), findings: [...findings, { kind, code, problem: message, mend: hint }] };
  }
}

function factsOf(home: EnvironmentHome): FileFacts {
  const isReadableByOthers = process.platform !== 'win32' && (fs.statSync(home.where).mode & 0o077) !== 0;
  return { where: home.where, isReadableByOthers, isTracked: isTracked(home.where), hasRecovery: home.hasRecovery() };
}

function neededKeys({ appType }: Settings): ContractKey[] {
  const consent: ContractKey[] = ['authorize_url', 'revocation_url', 'redirect_uri', 'scopes'];
  return [
    'token_url',
    'connections_url',
    'api_url',
    ...credentialKeys(appType),
    ...(appType === 'custom_connection' ? [] : consent),
  ];
}

/** Asks each different endpoint once, without credentials. */
async function probeEndpoints(patients: readonly Patient[], context: Context): Promise<Finding[]> {
  const urls = new Map<string, string>();
  for (const { settings } of patients) {
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

const silence = { kind: 'lost', code: 'no answer', sent: false } as const;

function sayAll(patients: readonly Patient[], general: readonly Finding[], { console }: Context): void {
  const { style } = console;
  for (const { name, findings } of patients) {
    console.print(
      `${name}: ${findings.length === 0 ? style.green('all is well') : style.red(`${findings.length} to mend`)}`,
    );
    for (const { problem, mend } of findings) console.print(`  ${problem}\n  → ${mend}`);
  }
  for (const { problem, mend } of general) console.print(`${style.red(problem)}\n  → ${mend}`);
}
