import { invalid, type Failure } from '../../errors';
import { tenantKeys, valueOf, type Changes, type ContractKey, type Environment } from '../environment';
import { grantOf } from '../grant';
import { isReference } from '../reference';
import type { Adoptable } from './formats';

/** Whether an environment already has the tokens that are to be taken over. */
export function isHeldAlready(environment: Environment, { changes }: Adoptable): boolean {
  const token = changes.refresh_token ?? '';
  return token !== '' && token === valueOf(environment, 'refresh_token');
}

/**
 * Refuses to replace a working connection, except by a later token set of the same app and organisation.
 * @throws Failure `invalid`
 */
export function refuseTakeOver(environment: Environment, found: Adoptable, where: string, now: Date): void {
  const { generation, state } = grantOf(environment, now);
  const isAlive = state === 'connected' || state === 'interrupted';
  if (isAlive && found.generation <= generation) throw olderThanHeld(environment.name, where, generation);
  const [app, givenApp] = [heldValue(environment, 'client_id'), found.changes.client_id ?? ''];
  if (app !== '' && givenApp !== '' && app !== givenApp) throw ofAnotherApp(environment.name);
  const expected = valueOf(environment, 'expected_tenant');
  const tenant = expected || (isAlive ? valueOf(environment, 'tenant_id') : '');
  const given = found.changes.tenant_id ?? '';
  if (given === '' && expected !== '')
    throw ofAnotherTenant(environment.name, tenant, `${where} does not say whose it is`);
  if (given !== '' && tenant !== '' && given !== tenant)
    throw ofAnotherTenant(environment.name, tenant, `${where} is for another`);
}

const tokenRows = [
  'access_token',
  'refresh_token',
  'access_token_expires_at',
  'refresh_token_expires_at',
] as const satisfies readonly ContractKey[];

/** Tokens replace tokens; settings only fill what is blank or came with the template. */
export function changesToTakeOver(environment: Environment, { changes, generation }: Adoptable): Changes {
  const held = grantOf(environment, new Date(0)).generation;
  const isNew = held === 0 && heldValue(environment, 'client_id') === '';
  const replaced: readonly string[] = [...tokenRows, ...tenantKeys, 'app_type'];
  const settings = Object.entries(changes).filter(
    ([key]) => !replaced.includes(key) && (isNew || heldValue(environment, key as ContractKey) === ''), // our own keys
  );
  return {
    ...Object.fromEntries(settings),
    ...Object.fromEntries([...tokenRows, ...tenantKeys].map((key) => [key, changes[key] ?? ''])),
    generation: String(Math.max(held, generation) + 1),
    refresh_started_at: '',
    ...(valueOf(environment, 'handed_over_at') === '' ? {} : { handed_over_at: '' }),
    grant_status: 'connected',
  };
}

/** The value of a row; '' when it is a reference. */
function heldValue(environment: Environment, key: ContractKey): string {
  const value = valueOf(environment, key);
  return isReference(value) ? '' : value;
}

function olderThanHeld(name: string, where: string, generation: number): Failure {
  return invalid(
    'older_generation',
    `${name} is connected with generation ${generation}, and ${where} has nothing newer: it stays as it is`,
    `see it: npx evergrant status ${name}; to start over take another name`,
  );
}

function ofAnotherApp(name: string): Failure {
  return invalid(
    'another_app',
    `the tokens are another app's than ${name}'s: the client_id differs`,
    'adopt them under another name',
  );
}

function ofAnotherTenant(name: string, tenant: string, problem: string): Failure {
  return invalid(
    'wrong_organisation',
    `${name} is for the organisation with the tenant id ${tenant}, and ${problem}`,
    'adopt it under another name',
  );
}
