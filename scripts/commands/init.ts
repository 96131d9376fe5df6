import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Context } from '../context';
import { editEnvironment } from '../environment/edit';
import {
  parseEnvironment,
  valueOf,
  type Changes,
  type ContractKey,
  type Environment,
} from '../environment/environment';
import { checkName, environmentFile, templateFile } from '../environment/files/files';
import { isReference } from '../environment/reference';
import { appTypes, outsideNames, type AppType } from '../environment/settings';
import { invalid, systemCode } from '../errors';
import { packageFolder } from '../package-folder';

export interface InitCommand {
  readonly name: string;
  readonly appType?: string;
  /** Settings given as options; a secret never is: arguments show in process lists. */
  readonly settings: Changes;
}

const templates = path.join(packageFolder, 'environments');

/** Makes an environment file from the template of its app type, asking a person for what is missing. Never overwrites. */
export async function init({ name, appType: given, settings }: InitCommand, context: Context): Promise<number> {
  checkName(name);
  const file = environmentFile(context.folder, name);
  if (fs.existsSync(file)) throw exists(name, file);
  const appType = await chooseAppType(given, context);
  const template = templateFile(templates, appType);
  const text = rename(fs.readFileSync(template, 'utf8'), name);
  const answers = await askMissing(parseEnvironment(text, name, template), settings, context);
  refuseReferences({ ...settings, ...answers });
  writeNew(file, editEnvironment(text, { ...settings, ...answers }, template), name);
  context.console.print(`${name}: ${file} is ready`);
  sayNext(parseEnvironment(fs.readFileSync(file, 'utf8'), name, file), appType, context);
  return 0;
}

function refuseReferences(settings: Changes): void {
  const found = Object.entries(settings).find(([, value]) => isReference(value));
  if (found === undefined) return;
  const problem = `${found[0]} is a Postman reference in double braces, looked up in Postman alone`;
  throw invalid('postman_reference', problem, 'give the value itself, or leave it blank and fill it in later');
}

async function chooseAppType(given: string | undefined, { console }: Context): Promise<AppType> {
  const answer = given ?? ((await console.ask(`app type (${appTypes.join(', ')}; blank for web)`, 'shown')) || 'web');
  const appType = appTypes.find((type) => type === answer);
  if (appType === undefined) throw noSuchAppType();
  return appType;
}

/** Makes an environment from the template alone. @throws Failure `invalid` */
export function makeEnvironment(file: string, name: string, appType: string): void {
  const known = appTypes.find((type) => type === appType);
  if (known === undefined) throw noSuchAppType();
  writeNew(file, rename(fs.readFileSync(templateFile(templates, known), 'utf8'), name), name);
}

function noSuchAppType(): Error {
  return invalid('bad_app_type', 'there is no such app type', `--app-type takes ${appTypes.join(', ')}`);
}

/** The template's own name and id give way to the new environment's. */
function rename(text: string, name: string): string {
  const parsed = JSON.parse(text) as object; // ours, and checked by the tests
  return `${JSON.stringify({ ...parsed, id: randomUUID(), name }, null, 2)}\n`;
}

const questions: readonly (readonly [ContractKey, string, 'shown' | 'hidden'])[] = [
  ['client_id', 'client id, from developer.xero.com', 'shown'],
  ['client_secret', 'client secret (not shown)', 'hidden'],
  ['redirect_uri', 'redirect URI, exactly as in the app', 'shown'],
];

async function askMissing(template: Environment, settings: Changes, context: Context): Promise<Changes> {
  const answers: Partial<Record<ContractKey, string>> = {};
  for (const [key, question, echo] of questions) {
    const isOpen = template.variables.some((row) => row.key === key) && (settings[key] ?? '') === '';
    const preset = valueOf(template, key);
    if (!isOpen || isFilledFromOutside(key, context)) continue;
    const answer = await context.console.ask(preset === '' ? question : `${question} (blank for ${preset})`, echo);
    if (answer !== undefined && answer !== '') answers[key] = answer;
  }
  return answers;
}

function isFilledFromOutside(key: ContractKey, context: Context): boolean {
  return key in outsideNames && (context.outside()[outsideNames[key as keyof typeof outsideNames]] ?? '') !== '';
}

function writeNew(file: string, text: string, name: string): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw exists(name, file);
    throw invalid(
      'not_writable',
      `cannot make ${file} (${systemCode(error)})`,
      'name another folder with --environments DIR',
      error,
    );
  }
}

function exists(name: string, file: string): Error {
  return invalid(
    'exists',
    `${file} is there already, and init never overwrites`,
    `see what it holds: npx evergrant status ${name}`,
  );
}

function sayNext(environment: Environment, appType: AppType, context: Context): void {
  const { console } = context;
  const blank = questions.map(([key]) => key).filter((key) => environment.variables.some((row) => row.key === key));
  const missing = blank.filter((key) => valueOf(environment, key) === '' && !isFilledFromOutside(key, context));
  if (missing.length > 0) {
    const names = missing.map((key) => outsideNames[key as keyof typeof outsideNames]).join(', ');
    console.say(`fill in ${missing.join(', ')} there, or set ${names} in .env`);
  }
  const command = appType === 'custom_connection' ? 'refresh' : 'consent';
  console.say(`next: npx evergrant ${command} ${environment.name}`);
}
