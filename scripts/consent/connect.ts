import { runnerOf, secretEffects, type Context } from '../context';
import { isOpenable, valueOf, type Environment } from '../environment/environment';
import { generationOf, grantOf } from '../environment/grant';
import { plainName } from '../environment/plain-name';
import { recordChange } from '../environment/record-change';
import type { LockedEnvironment, StoredEnvironment } from '../environment/store';
import { heldName } from '../environment/tenant';
import { Failure } from '../errors';
import { codesIn } from '../text/scrub';
import { exchangeVariables, type CodeCallback } from './callback';
import { changesForTenant, connectionOf, othersOfConsent, type Connection } from './connections';
import { exchangeCode, usedAlready, type Exchanged, type ExchangeEffects } from './exchange';
import { judgePending, type Judged } from './judge';
import { askConnections, keepOrganisation } from './organisation';
import { settlePending } from './pending';

export interface ConnectOptions {
  readonly patienceMs: number;
  readonly waitMs: number;
  /** The organisation that the consent must be for, by id or name; tokens of another are kept aside. */
  readonly expectTenant?: string | undefined;
  /** Allows another organisation to replace the one held, whatever the link says. */
  readonly mayReplace?: boolean | undefined;
}

export interface Connected {
  readonly environment: Environment;
  readonly tenantId: string;
  readonly tenantName: string;
  /** The names of the other organisations that were chosen in the same consent. */
  readonly others: readonly string[];
  /** The organisation held before, when it is another one now. */
  readonly replaced?: { readonly tenantName: string; readonly generation: number } | undefined;
  /** The callback was used here before, and the connection that it made lives: nothing was sent, and nothing changed. */
  readonly isAlready?: boolean;
}

/**
 * Finishes a consent: exchanges the code for tokens, saves them, then finds their organisation. If an organisation is
 * held or expected, the tokens become the environment's own only after that.
 * @throws Failure; after `temporary_failure` of the last step the tokens are saved nevertheless
 */
export async function connect(
  stored: StoredEnvironment,
  callback: CodeCallback,
  options: ConnectOptions,
  context: Context,
): Promise<Connected> {
  for (const code of codesIn(callback.url)) context.console.secrets.add(code);
  const locked = await stored.lock(options.waitMs);
  try {
    await settleEarlier(stored, locked, context);
    const before = await locked.read();
    const expected = expectedBy(before, options);
    const { patienceMs } = options;
    const exchanged = await exchangeCode(
      stored,
      locked,
      callback,
      { patienceMs, expected },
      effectsOf(context, options),
    );
    if (exchanged === 'used here') return connectedAlready(before, expected, context.now());
    const judged = exchanged.isAside
      ? await judgeAside(stored, locked, exchanged, { expected, mayReplace: options.mayReplace === true }, context)
      : await findOrganisation(stored, locked, exchanged, context);
    await recordChange(stored, 'connected', { before, after: judged.environment }, context);
    return connectedBy(before, judged);
  } finally {
    await locked.release();
  }
}

/** The connection that a used callback made. @throws Failure `consent_needed` when it has ended, or is not the expected one */
function connectedAlready(environment: Environment, expected: string, now: Date): Connected {
  const [tenantId, tenantName] = [valueOf(environment, 'tenant_id'), heldName(environment)];
  const { state } = grantOf(environment, now);
  const lives = (state === 'connected' || state === 'interrupted') && tenantId !== '';
  if (!lives || !['', tenantId, tenantName].includes(expected))
    throw usedAlready(environment.name, 'used here already');
  return { environment, tenantId, tenantName, others: [], isAlready: true };
}

/** Makes the tokens that an earlier consent left aside the environment's own. @throws Failure */
export async function takeOverAside(
  stored: StoredEnvironment,
  options: ConnectOptions,
  context: Context,
): Promise<Connected> {
  const locked = await stored.lock(options.waitMs);
  try {
    const before = await locked.read();
    await locked.aside.reconsider();
    const terms = { expected: plainName(options.expectTenant ?? ''), mayReplace: true };
    const judged = await settlePending(stored, locked, terms, context);
    if (judged === undefined) {
      throw (await locked.aside.pending()) === undefined ? nothingAside(stored.name) : stillWaiting(stored.name);
    }
    return connectedBy(before, judged);
  } finally {
    await locked.release();
  }
}

/** Judges the pending tokens of an earlier consent first; if that can't be done, keeps them as refused ones. */
async function settleEarlier(stored: StoredEnvironment, locked: LockedEnvironment, context: Context): Promise<void> {
  if (!(await stored.hasPending())) return;
  try {
    await settlePending(stored, locked, { expected: expectedBy(await locked.read(), {}), mayReplace: false }, context);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'not_saved') throw error;
  }
  if (await stored.hasPending()) await locked.aside.refuse();
}

async function judgeAside(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  { link, hasRefreshToken }: Exchanged,
  options: { readonly expected: string; readonly mayReplace: boolean },
  context: Context,
): Promise<Judged> {
  if (!hasRefreshToken) {
    await locked.aside.refuse();
    throw noRefreshToken(stored.name);
  }
  return await judgePending(stored, locked, { ...options, link }, context);
}

/** Finds the organisation of a first consent, whose tokens are the environment's already. */
async function findOrganisation(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  { environment, hasRefreshToken }: Exchanged,
  context: Context,
): Promise<Judged> {
  if (!hasRefreshToken) throw noRefreshToken(stored.name);
  const list = await askConnections(stored, environment, context, runnerOf(context));
  const accessToken = valueOf(environment, 'access_token');
  const connection = connectionOf(list, accessToken, '');
  if (connection === undefined) throw noConnection(stored.name, list);
  const connected = await keepOrganisation(locked, changesForTenant(connection, accessToken));
  return { connection, others: othersOfConsent(list, connection), environment: connected };
}

function effectsOf(context: Context, { patienceMs }: ConnectOptions): ExchangeEffects {
  const runner = runnerOf(context, undefined, patienceMs);
  return {
    ...secretEffects(context),
    now: context.now,
    monotonicMs: () => performance.now(),
    sleep: context.sleep,
    random: Math.random,
    isStopping: () => false, // a code is valid for five minutes and cost a customer a click, so it is sent
    uninterrupted: context.signals.uninterrupted,
    ask: (settings, callback, onAnswer) => {
      const variables = { ...exchangeVariables(settings, callback), ...withoutUnopened(settings.environment) };
      return runner.send(settings, 'Exchange code', { onAnswer, variables });
    },
  };
}

/** The expected organisation: the command's, or else the environment's, unless it may be replaced; '' for any. */
function expectedBy(held: Environment, { expectTenant, mayReplace }: Partial<ConnectOptions>): string {
  if (expectTenant !== undefined) return plainName(expectTenant);
  return mayReplace === true ? '' : plainName(valueOf(held, 'expected_tenant'));
}

function connectedBy(before: Environment, { connection, others, environment }: Judged): Connected {
  const { tenantId, tenantName } = connection;
  const held = valueOf(before, 'tenant_id');
  const old = { tenantName: plainName(valueOf(before, 'tenant_name')) || held, generation: generationOf(before) };
  return { environment, tenantId, tenantName, others, replaced: held === '' || held === tenantId ? undefined : old };
}

function noConnection(name: string, list: readonly Connection[]): Failure {
  const there = list.map(({ tenantName, tenantId }) => tenantName || tenantId).join(', ');
  const seen = there === '' ? '' : `; its user has connected ${there}, by other consents`;
  return new Failure(
    'consent_needed',
    'no_connection',
    `${name} has tokens but no organisation is connected${seen}`,
    `connect one in the browser: npx evergrant consent ${name}`,
  );
}

function nothingAside(name: string): Failure {
  const message = `no tokens of a consent wait beside ${name}`;
  return new Failure('invalid', 'nothing_aside', message, `make a link: npx evergrant consent ${name} --replace`);
}

function stillWaiting(name: string): Failure {
  return new Failure(
    'temporary_failure',
    'api_unavailable',
    `Xero does not say which organisation the tokens beside ${name} are for: they wait`,
    `run the same command again in a minute: npx evergrant exchange ${name} --replace`,
  );
}

function noRefreshToken(name: string): Failure {
  return new Failure(
    'refused',
    'no_refresh_token',
    `Xero gave ${name} an access token for 30 minutes but no refresh token: scopes has no offline_access`,
    `add offline_access to scopes in ${name}, then make a new link: npx evergrant consent ${name}`,
  );
}

/** A new consent takes the place of tokens that nobody can open any more, because their key was lost. */
function withoutUnopened(environment: Environment): Record<string, string> {
  const tokens = ['access_token', 'refresh_token'] as const;
  return Object.fromEntries(tokens.filter((key) => !isOpenable(environment, key)).map((key) => [key, '']));
}
