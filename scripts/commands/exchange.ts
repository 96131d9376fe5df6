import { homeOf, runnerOf, type Context } from '../context';
import { callbackFailure, parseCallback, type CodeCallback } from '../core/callback';
import { valueOf } from '../core/environment';
import { exchangeCode, type ExchangeEffects } from '../core/exchange';
import { grantOf } from '../core/grant';
import type { EnvironmentHome } from '../core/home';
import { codesIn } from '../core/scrub';
import { peekState } from '../core/state';
import { Failure, invalid } from '../errors';
import { isName, listEnvironments } from '../io/environment-files';
import { askConnections, saveTenant } from './connections';

export interface ExchangeCommand {
  readonly name?: string;
  readonly callbackUrl?: string;
  readonly isJson: boolean;
  readonly patienceMs: number;
  readonly waitMs: number;
}

/** Turns the callback URL of a consent into tokens, saves them, then finds out which organisation they are for. */
export async function exchange(options: ExchangeCommand, context: Context): Promise<number> {
  const { console } = context;
  const callback = parseCallback(await pastedUrl(options, context));
  if (callback.kind === 'error') throw callbackFailure(callback, options.name ?? nameIn(callback.state));
  for (const code of codesIn(callback.url)) console.secrets.add(code);
  const home = options.name === undefined ? findByState(callback, context) : homeOf(context, options.name);
  const locked = await home.lock(options.waitMs);
  try {
    const effects = effectsOf(context, options.patienceMs);
    const { environment, hasRefreshToken } = await exchangeCode(home, locked, callback, options.patienceMs, effects);
    if (!hasRefreshToken) throw noRefreshToken(home.name);
    const connection = saveTenant(
      locked,
      environment,
      await askConnections(home, environment, context, runnerOf(context)),
    );
    const { refreshTokenExpiresAt, generation } = grantOf(locked.read(), context.now());
    const { tenantId, tenantName } = connection;
    const result = { environment: home.name, tenantId, tenantName, generation, refreshTokenExpiresAt };
    if (options.isJson) console.print(JSON.stringify(result, null, 2));
    else
      console.print(
        `${console.style.green(home.name)}: connected to ${tenantName || tenantId}; keep it with npx evergrant refresh ${home.name}`,
      );
    return 0;
  } finally {
    locked.release();
  }
}

async function pastedUrl({ callbackUrl, name }: ExchangeCommand, context: Context): Promise<string> {
  if (callbackUrl !== undefined) return callbackUrl;
  const kept = name === undefined ? '' : valueOf(homeOf(context, name).read(), 'callback_url');
  if (kept !== '') return kept;
  const typed = await context.console.ask('paste the address the browser ended at', 'hidden');
  return typed ?? (await context.console.readInput());
}

/** The environment that a state is for: it names a web app's itself; a PKCE app's is kept in the file that made it. */
function findByState({ state }: CodeCallback, context: Context): EnvironmentHome {
  const names = listEnvironments(context.folder);
  const named = peekState(state)?.name;
  const found = names.includes(named ?? '') ? named : names.find((name) => answersTo(name, state, named, context));
  if (found !== undefined) return homeOf(context, found);
  throw invalid(
    'unknown_state',
    `the callback URL's state names no environment in ${context.folder}`,
    'name the environment: npx evergrant exchange NAME, or say where it is with --environments DIR',
  );
}

function answersTo(name: string, state: string, named: string | undefined, context: Context): boolean {
  try {
    const environment = homeOf(context, name).read();
    return named === undefined ? valueOf(environment, 'consent_state') === state : environment.innerName === named;
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

function effectsOf(context: Context, patienceMs: number): ExchangeEffects {
  const runner = runnerOf(context, undefined, patienceMs);
  return {
    outside: context.outside(),
    now: context.now,
    sleep: context.sleep,
    random: Math.random,
    ask: (settings, { url, state }, onAnswer) => {
      // Verified by now; the script has only one of the environment's two names to compare it with.
      const variables = { callback_url: url, consent_state: state };
      return context.signals.uninterrupted(() => runner.send(settings, 'Exchange code', { onAnswer, variables }));
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
