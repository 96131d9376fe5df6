import { homeOf, type Context } from '../context';
import { callbackFailure, parseCallback } from '../core/callback';
import { valueOf, type Environment } from '../core/environment';
import { grantOf } from '../core/grant';
import type { EnvironmentHome } from '../core/home';
import { peekState } from '../core/state';
import { Failure, invalid } from '../errors';
import { isName, listEnvironments } from '../io/environment-files';
import { connect, sayReplaced, type Connected, type ConnectOptions } from './connect';

export interface ExchangeCommand extends ConnectOptions {
  readonly name?: string;
  readonly callbackUrl?: string;
  readonly isJson: boolean;
}

/** Turns the callback URL of a consent into tokens, saves them, then finds out which organisation they are for. */
export async function exchange(options: ExchangeCommand, context: Context): Promise<number> {
  const callback = parseCallback(await pastedUrl(options, context));
  if (callback.kind === 'error') throw callbackFailure(callback, options.name ?? nameIn(callback.state));
  const home = options.name === undefined ? findByState(callback.state, context) : homeOf(context, options.name);
  const connected = await connect(home, callback, options, context);
  sayConnected(connected, options.isJson, context);
  return 0;
}

export function sayConnected(connected: Connected, isJson: boolean, { console, now }: Context): void {
  const { environment, tenantId, tenantName } = connected;
  const { name } = environment;
  const { generation, refreshTokenExpiresAt } = grantOf(environment, now());
  if (isJson) {
    const replacedTenantName = connected.replaced?.tenantName ?? null;
    const result = { environment: name, tenantId, tenantName, replacedTenantName, generation, refreshTokenExpiresAt };
    console.print(JSON.stringify(result, null, 2));
  } else {
    console.print(
      `${console.style.green(name)}: connected to ${tenantName || tenantId}; keep it with npx evergrant refresh ${name}`,
    );
  }
  const warning = sayReplaced(connected);
  if (warning !== undefined) console.say(`${console.style.yellow('ATTENTION')}: ${warning}`);
}

/** The environment that a state is for: it names a web app's itself; a PKCE app's is kept in the file that made it. */
export function findByState(state: string, context: Context): EnvironmentHome {
  const names = listEnvironments(context.folder);
  const named = peekState(state)?.name;
  const found = names.includes(named ?? '') ? named : names.find((name) => answersTo(name, state, context));
  if (found !== undefined) return homeOf(context, found);
  throw invalid(
    'unknown_state',
    `the callback URL's state names no environment in ${context.folder}`,
    'name the environment: npx evergrant exchange NAME, or say where it is with --environments DIR',
  );
}

/** Whether a state is said to be for this environment, which is still to be verified. */
export function claims(environment: Environment, state: string): boolean {
  const named = peekState(state)?.name;
  if (named === undefined) return valueOf(environment, 'consent_state') === state;
  return [environment.name, environment.innerName].includes(named);
}

async function pastedUrl({ callbackUrl, name }: ExchangeCommand, context: Context): Promise<string> {
  if (callbackUrl !== undefined) return callbackUrl;
  const kept = name === undefined ? '' : valueOf(homeOf(context, name).read(), 'callback_url');
  if (kept !== '') return kept;
  const typed = await context.console.ask('paste the address the browser ended at', 'hidden');
  return typed ?? (await context.console.readInput());
}

function answersTo(name: string, state: string, context: Context): boolean {
  try {
    return claims(homeOf(context, name).read(), state);
  } catch (error) {
    if (error instanceof Failure) return false; // a file that can't be read answers to nothing
    throw error;
  }
}

/** For a hint only: the state is not verified here, so it may hold anything. */
function nameIn(state: string): string {
  const name = peekState(state)?.name ?? '';
  return isName(name) ? name : 'NAME';
}
