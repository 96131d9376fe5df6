import { environmentNamed, pointing, storeOf, type Context } from '../context';
import { noApp } from '../environment/app';
import { appKeys, type App, type AppKey, type AppValues } from '../environment/app-values';
import { secretsOf, valueOf, type Environment } from '../environment/environment';
import type { StoredEnvironment } from '../environment/store';
import { heldTenantId } from '../environment/tenant';
import type { EnvVariables } from '../environment/env-names';
import { envNames } from '../environment/settings';
import { invalid, typed, type FailureKind } from '../errors';
import { failureOf } from '../terminal/console';
import { counted } from '../text/count';
import { clientIdOf, ended, holdsTokens, isOtherClient, planSet, type Plan, type SetOptions } from './plan-set';
import { refusedScopes, type SettableKey, type Wanted } from './settable';

/** One line of `set --json`; the contract fixes the names. */
interface SetResult {
  readonly environment: string;
  readonly tenantId: string | null;
  readonly outcome: 'changed' | 'unchanged' | 'temporary_failure' | Exclude<FailureKind, 'bug'>;
  readonly changed: readonly SettableKey[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly dryRun?: true | undefined;
}

/** What came of one environment. */
export interface SetDone {
  readonly result: SetResult;
  readonly kind?: FailureKind | undefined;
  readonly losesTokens: boolean;
  /** Whether it had a client secret before, from wherever. */
  readonly hadSecret: boolean;
}

export interface SetOrder extends SetOptions {
  readonly wanted: Wanted;
  readonly isDryRun: boolean;
  readonly waitMs: number;
}

/** Sets the settings of one environment under its lock. A failure becomes its result and stops no other. */
export async function setOne(name: string, order: SetOrder, context: Context): Promise<SetDone> {
  let read: Environment | undefined;
  try {
    const stored = environmentNamed(context, name);
    read = await stored.read();
    const app = await appNamed(order.wanted, context);
    const plan = order.isDryRun ? planSet(read, order.wanted, app, order) : await write(stored, order, app);
    const outcome = plan.changed.length === 0 ? 'unchanged' : 'changed';
    const dryRun = order.isDryRun || undefined;
    const result = {
      environment: stored.name,
      tenantId: heldTenantId(read),
      outcome,
      changed: plan.changed,
      error: null,
    } as const;
    return { result: { ...result, dryRun }, losesTokens: plan.losesTokens, hadSecret: hasSecret(read, order.env) };
  } catch (error) {
    const secrets = new Set([...context.console.secrets, ...(read ? secretsOf(read) : [])]);
    const { kind, code, message, hint: said } = failureOf(error, { secrets });
    const hint = pointing(context, name, said);
    const outcome = kind === 'bug' ? 'temporary_failure' : kind;
    const tenantId = read === undefined ? null : heldTenantId(read);
    const failed = { environment: typed(name), tenantId, outcome, changed: [], error: { code, message, hint } };
    return { result: failed, kind, losesTokens: false, hadSecret: false };
  }
}

/** A sealed one counts, though this process may have no key for it. */
function hasSecret({ variables, app }: Environment, env: EnvVariables): boolean {
  const own = variables.find(({ key, enabled }) => key === 'client_secret' && enabled)?.value ?? '';
  return [own, app?.values?.client_secret, env[envNames.client_secret]?.trim()].some((one) => (one ?? '') !== '');
}

async function write(stored: StoredEnvironment, order: SetOrder, app: App | undefined): Promise<Plan> {
  const locked = await stored.lock(order.waitMs);
  try {
    await locked.pickUpRecovery(); // by the settings that it was made with
    const plan = planSet(await locked.read(), order.wanted, app, order);
    if (plan.changed.length > 0) await locked.write(plan.changes);
    return plan;
  } finally {
    await locked.release();
  }
}

/** The app that is to be named; undefined when none is. @throws Failure `no_app` when it isn't there */
async function appNamed({ app: name = '' }: Wanted, context: Context): Promise<App | undefined> {
  if (name === '') return undefined;
  const app = await storeOf(context).app(name).read();
  if (app.fault !== undefined) throw app.fault;
  if (app.values === undefined) throw noApp(app);
  return app;
}

/**
 * The environments of a folder, those of one client id alone where one is given.
 * @throws Failure `several_clients` for a setting that belongs to one client, where they are of several
 */
export async function selectAll(clientId: string | undefined, wanted: Wanted, context: Context): Promise<string[]> {
  const store = storeOf(context);
  const env = context.env();
  const selected: string[] = [];
  const clients = new Set<string>();
  for await (const look of store.look(await store.names())) {
    const own = 'environment' in look ? clientIdOf(look.environment, env) : undefined;
    if (clientId !== undefined && own !== clientId) continue;
    selected.push(look.given);
    if (own !== undefined) clients.add(own);
  }
  const isOfOne = ['client_secret', 'client_id', 'redirect_uri'].some((key) => key in wanted);
  if (isOfOne && clients.size > 1) throw severalClients(clients.size);
  return selected;
}

function severalClients(count: number): Error {
  return invalid(
    'several_clients',
    `the environments are of ${counted(count, 'app')}, and this belongs to one: nothing was changed`,
    'say which: npx evergrant set --all --client-id ID …, or name the environments',
  );
}

/** What came of an app. */
export interface AppDone {
  readonly changed: readonly AppKey[];
  /** The names of all environments that name it. */
  readonly environments: readonly string[];
  /** The names of those whose tokens are of no use any more. */
  readonly lost: readonly string[];
  /** Whether the secret before is kept beside the new one. */
  readonly keepsFormer: boolean;
}

/**
 * Sets the settings of an app, for all environments that name it. @throws Failure `invalid`; nothing is changed then
 */
export async function setApp(name: string, order: SetOrder, context: Context): Promise<AppDone> {
  const store = storeOf(context);
  const app = store.app(name);
  const values = appValues(order.wanted);
  const before = await app.read();
  if (before.fault !== undefined) throw before.fault;
  const opened = (await app.values()) ?? {};
  const kept = formerSecret(opened, values);
  const keepsFormer = 'client_secret_previous' in kept;
  const after = { ...before, values: { ...before.values, ...values } };
  const using: string[] = [];
  const lost: string[] = [];
  for await (const look of store.look(await store.names())) {
    if (!('environment' in look) || valueOf(look.environment, 'app') !== name) continue;
    using.push(look.given);
    const isOther = isOtherClient(look.environment, { ...look.environment, app: after }, order.env);
    if (isOther && holdsTokens(look.environment, order.now)) lost.push(look.given);
  }
  if (lost.length > 0 && !order.mayReplace) throw ofAnotherClient(name, lost.length);
  if (order.isDryRun) return { changed: changedIn(opened, values), environments: using, lost, keepsFormer };
  const changed = (await app.change({ ...values, ...kept }, order.waitMs)).filter((key) => key in values);
  for (const one of lost) await end(environmentNamed(context, one), order.waitMs);
  return { changed, environments: using, lost, keepsFormer };
}

function appValues(wanted: Wanted): AppValues {
  const odd = Object.keys(wanted).find((key) => !appKeys.some((one) => one === key));
  if (odd !== undefined) {
    throw invalid(
      'not_of_an_app',
      `${odd} is of each environment, not of an app`,
      `an app has ${appKeys.filter((key) => key !== 'client_secret_previous').join(', ')}`,
    );
  }
  const refused = refusedScopes(wanted.scopes ?? '');
  if (refused !== undefined) throw refused;
  return wanted; // its keys are checked above
}

/** The secret that another one takes the place of: Xero may take either for a while, and links are signed with it. */
function formerSecret(before: AppValues, values: AppValues): AppValues {
  const { client_secret: former = '' } = before;
  const { client_secret: next = '' } = values;
  const isReplaced = next !== '' && former !== '' && next !== former;
  return isReplaced ? { client_secret_previous: former } : {};
}

function changedIn(before: AppValues, values: AppValues): AppKey[] {
  return appKeys.filter((key) => key in values && values[key] !== (before[key] ?? ''));
}

async function end(stored: StoredEnvironment, waitMs: number): Promise<void> {
  const locked = await stored.lock(waitMs);
  try {
    await locked.pickUpRecovery();
    await locked.write(ended(valueOf(await locked.read(), 'app_type')));
  } finally {
    await locked.release();
  }
}

function ofAnotherClient(app: string, count: number): Error {
  return invalid(
    'another_client',
    `${counted(count, 'environment')} of the app ${app} hold tokens, which belong to its client id: another one needs new consents`,
    `to go on nevertheless, add --replace; see them: npx evergrant status`,
  );
}
