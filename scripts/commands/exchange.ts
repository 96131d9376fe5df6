import { callbackFailure, parseCallback } from '../consent/callback';
import { connect, sayReplaced, takeOverAside, type Connected, type ConnectOptions } from '../consent/connect';
import { peekState } from '../consent/state';
import { homeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { isName, listEnvironments } from '../environment/files/files';
import { grantOf } from '../environment/grant';
import { readable, type EnvironmentHome } from '../environment/store';
import { invalid, type Failure } from '../errors';
import { scrub } from '../text/scrub';

export interface ExchangeCommand extends ConnectOptions {
  readonly name?: string;
  readonly callbackUrl?: string;
  readonly isJson: boolean;
}

/** Turns the callback URL of a consent into tokens, saves them, then finds out which organisation they are for. */
export async function exchange(options: ExchangeCommand, context: Context): Promise<number> {
  const aside = asideOf(options, context);
  if (aside !== undefined) {
    sayConnected(await takeOverAside(aside, options, context), options.isJson, context);
    return 0;
  }
  const callback = parseCallback(await pastedUrl(options, context));
  if (callback.kind === 'error') throw callbackFailure(callback, options.name ?? nameIn(callback.state));
  const home = options.name === undefined ? findByState(callback.state, context) : homeOf(context, options.name);
  const connected = await connect(home, callback, options, context);
  sayConnected(connected, options.isJson, context);
  const oldLink = sayOldLink(callback.state, connected.environment.name);
  if (oldLink !== undefined) context.console.say(`${context.console.style.yellow('ATTENTION')}: ${oldLink}`);
  return 0;
}

/** The environment whose tokens of a refused consent are to take the place of its own: no callback URL is needed then. */
function asideOf({ name, callbackUrl, mayReplace }: ExchangeCommand, context: Context): EnvironmentHome | undefined {
  if (name === undefined || callbackUrl !== undefined || mayReplace !== true) return undefined;
  const home = homeOf(context, name);
  return valueOf(home.read(), 'callback_url') === '' && home.hasAside() ? home : undefined;
}

/** What is said of a link of an earlier version that has been taken, once and for the last time. */
export function sayOldLink(state: string, name: string): string | undefined {
  if (peekState(state)?.isOldForm !== true) return undefined;
  return `${name} was connected by a link that an earlier version has made, which is bound to no app; make no more of them: update the program and the collection where it was made`;
}

export function sayConnected(connected: Connected, isJson: boolean, { console, now }: Context): void {
  const { environment, tenantName } = connected;
  const tenantId = scrub(connected.tenantId, console.secrets);
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

/**
 * The environment that a state is for: it names a web app's itself; a PKCE app's is kept in the file that made it.
 * @throws Failure `invalid` where none is, or where two claim it: it would connect the wrong one
 */
export function findByState(state: string, context: Context): EnvironmentHome {
  const [found, other] = listEnvironments(context.folder).flatMap((name) => claimBy(name, state, context) ?? []);
  if (found !== undefined && other !== undefined) throw claimedTwice([found, other], context);
  if (found !== undefined) return homeOf(context, found.name);
  throw invalid(
    'unknown_state',
    `the callback URL's state names no environment in ${context.folder}`,
    'name the environment: npx evergrant exchange NAME, or say where it is with --environments DIR',
  );
}

/** Whether a state is said to be for this environment, which is still to be verified. */
export function claims(environment: Environment, state: string): boolean {
  return claimOf(environment, state) !== undefined;
}

/** By what an environment takes a state for its own. */
interface Claim {
  readonly name: string;
  readonly by: 'the name of its file' | 'the name inside its file' | 'the state that it keeps';
}

function claimOf(environment: Environment, state: string): Claim | undefined {
  const { name, innerName } = environment;
  const named = peekState(state)?.name;
  if (named === name) return { name, by: 'the name of its file' };
  if (named === innerName) return { name, by: 'the name inside its file' };
  const isKept = named === undefined && valueOf(environment, 'consent_state') === state;
  return isKept ? { name, by: 'the state that it keeps' } : undefined;
}

function claimedTwice([one, other]: readonly [Claim, Claim], { folder }: Context): Failure {
  return invalid(
    'claimed_twice',
    `${one.name} by ${one.by} and ${other.name} by ${other.by} both claim this consent link`,
    `make the name inside each file of ${folder} that of the file, then name the one meant: npx evergrant exchange NAME`,
  );
}

async function pastedUrl({ callbackUrl, name }: ExchangeCommand, context: Context): Promise<string> {
  if (callbackUrl !== undefined) return callbackUrl;
  const kept = name === undefined ? '' : valueOf(homeOf(context, name).read(), 'callback_url');
  if (kept !== '') return kept;
  const typed = await context.console.ask('paste the address the browser ended at', 'hidden');
  return typed ?? (await context.console.readInput());
}

function claimBy(name: string, state: string, context: Context): Claim | undefined {
  if (!isName(name)) return undefined;
  const environment = readable(homeOf(context, name));
  if (environment !== undefined) return claimOf(environment, state);
  // What can't be read is still what it is called: its own failure says why it can't be connected.
  return peekState(state)?.name === name ? { name, by: 'the name of its file' } : undefined;
}

/** For a hint only: the state is not verified here, so it may hold anything. */
function nameIn(state: string): string {
  const name = peekState(state)?.name ?? '';
  return isName(name) ? name : 'NAME';
}
