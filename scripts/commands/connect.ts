import { runnerOf, type Context } from '../context';
import { exchangeVariables, type CodeCallback } from '../core/callback';
import type { Connection } from '../core/connections';
import { editEnvironment } from '../core/environment-edit';
import { valueOf, type Environment } from '../core/environment';
import { exchangeCode, type ExchangeEffects } from '../core/exchange';
import { grantOf } from '../core/grant';
import type { EnvironmentHome, LockedEnvironment } from '../core/home';
import { changesToRestore } from '../core/restore';
import { codesIn } from '../core/scrub';
import { Failure, invalid } from '../errors';
import { logChange } from '../fleet/attempt';
import { askConnections, saveTenant } from './connections';

export interface ConnectOptions {
  readonly patienceMs: number;
  readonly waitMs: number;
  /** The organisation that it must be, by id or name; the tokens of another are put aside. */
  readonly expectTenant?: string;
  /** Another organisation than the one held may take its place, whatever the link says. */
  readonly mayReplace?: boolean;
}

export interface Connected {
  readonly environment: Environment;
  readonly tenantId: string;
  readonly tenantName: string;
  /** The organisation held before, when it is another one now. */
  readonly replaced?: { readonly tenantName: string; readonly generation: number };
}

/**
 * Finishes a consent: the code becomes tokens, the tokens are saved, then their organisation is found.
 * @throws Failure; after `temporary_failure` of the last step the tokens are saved all the same
 */
export async function connect(
  home: EnvironmentHome,
  callback: CodeCallback,
  options: ConnectOptions,
  context: Context,
): Promise<Connected> {
  for (const code of codesIn(callback.url)) context.console.secrets.add(code);
  const locked = await home.lock(options.waitMs);
  try {
    const before = locked.read();
    const { environment, hasRefreshToken } = await exchangeCode(
      home,
      locked,
      callback,
      options.patienceMs,
      effectsOf(context, options),
    );
    if (!hasRefreshToken) throw noRefreshToken(home.name);
    const list = await askConnections(home, environment, context, runnerOf(context));
    const connection = saveTenant(locked, environment, list);
    if (!isExpected(connection, options.expectTenant)) throw putBack(home, locked, before, connection, context);
    const { tenantId, tenantName } = connection;
    logChange(home, 'connected', { before, after: locked.read() }, context);
    return { environment: locked.read(), tenantId, tenantName, ...replacedIn(before, connection, context) };
  } finally {
    locked.release();
  }
}

/** What a person must be told when a consent brought another organisation. */
export function sayReplaced({ environment: { name }, tenantName, replaced }: Connected): string | undefined {
  if (replaced === undefined) return undefined;
  const { tenantName: old, generation } = replaced;
  return `${name} was connected to ${old} and is now connected to ${tenantName}; if that is wrong: npx evergrant restore ${name} ${generation}`;
}

function effectsOf(context: Context, { patienceMs }: ConnectOptions): ExchangeEffects {
  const runner = runnerOf(context, undefined, patienceMs);
  return {
    outside: context.outside(),
    now: context.now,
    sleep: context.sleep,
    random: Math.random,
    ask: (settings, callback, onAnswer) => {
      const variables = exchangeVariables(settings, callback);
      return context.signals.uninterrupted(() => runner.send(settings, 'Exchange code', { onAnswer, variables }));
    },
  };
}

function isExpected({ tenantId, tenantName }: Connection, expected: string | undefined): boolean {
  return expected === undefined || expected === tenantId || expected === tenantName;
}

/** The consent before goes on; the unwanted tokens stay as a kept generation. */
function putBack(
  home: EnvironmentHome,
  locked: LockedEnvironment,
  before: Environment,
  { tenantName }: Connection,
  context: Context,
): Failure {
  const current = locked.read();
  const { generation } = grantOf(current, context.now());
  locked.replace(editEnvironment(current.text, changesToRestore(before, generation), home.where));
  const message = `the consent for ${home.name} is for ${tenantName}, not for the organisation expected: what was there before is back`;
  const hint = `send a new link: npx evergrant consent ${home.name}; to take ${tenantName} after all: npx evergrant restore ${home.name} ${generation}`;
  return invalid('wrong_organisation', message, hint);
}

function replacedIn(before: Environment, { tenantId }: Connection, context: Context): Pick<Connected, 'replaced'> {
  const held = valueOf(before, 'tenant_id');
  if (held === '' || held === tenantId) return {};
  return {
    replaced: {
      tenantName: valueOf(before, 'tenant_name') || held,
      generation: grantOf(before, context.now()).generation,
    },
  };
}

function noRefreshToken(name: string): Failure {
  return new Failure(
    'refused',
    'no_refresh_token',
    `Xero gave ${name} an access token for 30 minutes but no refresh token: scopes has no offline_access`,
    `add offline_access to scopes in ${name}, then make a new link: npx evergrant consent ${name}`,
  );
}
