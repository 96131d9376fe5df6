import type { Command } from 'commander';
import { environmentNamed, storeUrlOf, type Context } from '../context';
import { editEnvironment } from '../environment/edit';
import { valueOf, type Changes, type ContractKey, type Environment } from '../environment/environment';
import { parseEnvironment } from '../environment/parse';
import { checkName } from '../environment/files/files';
import { alreadyThere, appTypeNamed, fromTemplate } from '../environment/files/template';
import { isReference } from '../environment/reference';
import { appTypes, envNames, type AppType } from '../environment/settings';
import { invalid } from '../errors';
import { appTypeOption, command, type Run } from './options';

export interface InitCommand {
  readonly name: string;
  readonly appType?: string | undefined;
  /** Settings given as options. There is no option for a secret, because process lists show arguments. */
  readonly settings: Changes;
}

type InitFlags = Readonly<Record<'appType' | 'clientId' | 'redirectUri' | 'scopes', string | undefined>>;

export function define(program: Command, run: Run): void {
  command(
    program,
    'init <name>',
    'make an environment file from the template; never overwrites',
    'init acme --app-type web',
  )
    .addOption(appTypeOption('asked for on a terminal, else web'))
    .option('--client-id <id>', 'the app at developer.xero.com')
    .option('--redirect-uri <uri>', 'exactly as in the app')
    .option('--scopes <scopes>', 'separated by spaces')
    .action((name: string, { appType, clientId, redirectUri, scopes }: InitFlags) => {
      const given = { client_id: clientId, redirect_uri: redirectUri, scopes };
      const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return run((context) => init({ name, settings, appType }, context));
    });
}

/** Makes an environment file from its app type's template, and asks a person for what is missing. Never overwrites a file. */
export async function init({ name, appType: given, settings }: InitCommand, context: Context): Promise<number> {
  checkName(name);
  const stored = environmentNamed(context, name);
  if (await stored.exists()) throw alreadyThere(name, stored.where);
  const appType = await chooseAppType(given, context);
  const { text, template } = fromTemplate(appType, name);
  const answers = await askMissing(parseEnvironment(text, name, template), settings, context);
  refuseReferences({ ...settings, ...answers });
  await stored.create(editEnvironment(text, { ...settings, ...answers }, template));
  const isNamed = stored.where.startsWith(`${name} `);
  context.console.print(`${isNamed ? '' : `${name}: `}${stored.where} is ready`);
  printNext(await stored.read(), appType, context);
  return 0;
}

function refuseReferences(settings: Changes): void {
  const found = Object.entries(settings).find(([, value]) => isReference(value));
  if (found === undefined) return;
  const problem = `${found[0]} is a Postman reference in double braces, looked up in Postman alone`;
  throw invalid('postman_reference', problem, 'give the value itself, or leave it blank and fill it in later');
}

async function chooseAppType(given: string | undefined, { console }: Context): Promise<AppType> {
  const question = `app type (${appTypes.join(', ')}; blank for web)`;
  return appTypeNamed(given ?? ((await console.ask(question, 'shown')) || 'web'));
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
  return key in envNames && (context.env()[envNames[key as keyof typeof envNames]] ?? '') !== '';
}

function printNext(environment: Environment, appType: AppType, context: Context): void {
  const { console } = context;
  const blank = questions.map(([key]) => key).filter((key) => environment.variables.some((row) => row.key === key));
  const missing = blank.filter((key) => valueOf(environment, key) === '' && !isFilledFromOutside(key, context));
  if (missing.length > 0) {
    const names = missing.map((key) => envNames[key as keyof typeof envNames]).join(', ');
    const given = missing.map((key) => (key === 'client_secret' ? '--secret-from FILE' : `${key}=VALUE`)).join(' ');
    console.say(
      storeUrlOf(context) === ''
        ? `fill in ${missing.join(', ')} there, or set ${names} in .env`
        : `set ${names} in .env, or fill them in: npx evergrant set ${environment.name} ${given}`,
    );
  }
  const command = appType === 'custom_connection' ? 'refresh' : 'consent';
  console.tell(`next: npx evergrant ${command} ${environment.name}`);
}
