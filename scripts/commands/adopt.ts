import fs from 'node:fs';
import { homeOf, type Context } from '../context';
import { readAdoptable, type Adoptable } from '../core/adopt';
import { editEnvironment } from '../core/environment-edit';
import { secretsOf, valueOf, type Changes, type ContractKey, type Environment } from '../core/environment';
import { grantOf } from '../core/grant';
import type { LockedEnvironment } from '../core/home';
import { invalid } from '../errors';
import { logChange } from '../fleet/attempt';
import { readEnvironmentText } from '../io/environment-files';
import { makeEnvironment } from './init';

export interface AdoptCommand {
  readonly name: string;
  readonly file: string;
  /** For a file that doesn't say, such as a token set. */
  readonly appType?: string;
  readonly waitMs: number;
}

/** Takes a connection over that another program or Postman has kept until now. Never replaces a larger generation. */
export async function adopt({ name, file, appType, waitMs }: AdoptCommand, context: Context): Promise<number> {
  const found = readAdoptable(readEnvironmentText(file, name), file, context.now());
  const home = homeOf(context, name);
  if (!fs.existsSync(home.where)) makeEnvironment(home.where, home.name, appType ?? found.appType);
  const locked = await home.lock(waitMs);
  try {
    locked.pickUpRecovery();
    const environment = locked.read();
    for (const secret of secretsOf(environment)) context.console.secrets.add(secret);
    if (isHeldAlready(environment, found)) return say(context, `${home.name} holds these tokens already`);
    const { generation, state } = grantOf(environment, context.now());
    const isAlive = state === 'connected' || state === 'interrupted';
    if (isAlive && found.generation <= generation) throw olderThanHeld(home.name, file, generation);
    refuseOtherApp(environment, found, home.name);
    save(locked, environment, found, Math.max(generation, found.generation) + 1);
    logChange(home, 'taken_over', { before: environment, after: locked.read() }, context);
  } finally {
    locked.release();
  }
  say(context, `${home.name}: took over ${found.format} from ${file}`);
  context.console.say(
    `from now on this machine is the tokens' only owner: refresh them nowhere else, not in Postman either\n` +
      `${file} still holds them: delete it\nnext: npx evergrant refresh ${home.name} --force && npx evergrant connections ${home.name}`,
  );
  return 0;
}

function isHeldAlready(environment: Environment, { changes }: Adoptable): boolean {
  const token = changes.refresh_token ?? '';
  return token !== '' && token === valueOf(environment, 'refresh_token');
}

function olderThanHeld(name: string, file: string, generation: number): Error {
  return invalid(
    'older_generation',
    `${name} is connected with generation ${generation}, and ${file} has nothing newer: it stays as it is`,
    `see it: npx evergrant status ${name}; to start over take another name`,
  );
}

function refuseOtherApp(environment: Environment, { changes }: Adoptable, name: string): void {
  const [held, given] = [valueOf(environment, 'client_id'), changes.client_id ?? ''];
  if (held === '' || given === '' || held === given) return;
  throw invalid(
    'another_app',
    `the tokens are another app's than ${name}'s: the client_id differs`,
    'adopt them under another name',
  );
}

/** Tokens replace tokens; settings only fill what is blank or came with the template. */
function save(locked: LockedEnvironment, environment: Environment, found: Adoptable, generation: number): void {
  const isNew = grantOf(environment, new Date(0)).generation === 0 && valueOf(environment, 'client_id') === '';
  const tokens: readonly ContractKey[] = [
    'access_token',
    'refresh_token',
    'access_token_expires_at',
    'refresh_token_expires_at',
  ];
  const tenant: readonly ContractKey[] = ['tenant_id', 'tenant_name', 'authorised_user_id'];
  const settings = Object.entries(found.changes).filter(([key]) => {
    const contractKey = key as ContractKey;
    return (
      key !== 'app_type' &&
      !tokens.includes(contractKey) &&
      (isNew || tenant.includes(contractKey) || valueOf(environment, contractKey) === '')
    );
  });
  const cleared = Object.fromEntries([...tokens, ...tenant].map((key) => [key, found.changes[key] ?? '']));
  const changes: Changes = {
    ...Object.fromEntries(settings),
    ...cleared,
    generation: String(generation),
    refresh_started_at: '',
    grant_status: 'connected',
  };
  editEnvironment(environment.text, changes, 'the environment'); // refuses a row that is switched off, before anything is written
  locked.prepareSave({});
  locked.saveTokens(changes);
}

function say({ console }: Context, line: string): number {
  console.print(line);
  return 0;
}
