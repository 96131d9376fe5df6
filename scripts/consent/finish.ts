import type { Context } from '../context';
import { consentNeeded } from '../environment/grant';
import { settingsOf, type Settings } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { Failure, invalid } from '../errors';
import { failureOf } from '../terminal/console';
import { fingerprint } from '../text/fingerprint';
import { isolated } from '../text/isolate';
import { callbackFailure, checkState, parseCallback, type Callback, type CodeCallback } from './callback';
import type { CallbackTarget } from './callback-target';
import { connect, type Connected, type ConnectOptions } from './connect';
import { formatOldLink } from './connected';
import { RefusedCodes, tooManyCodes } from './refused-codes';
import { failurePage, laterPage, strangersPage } from './server/failure-page';
import type { CallbackPage } from './server/page';
import { Turns } from './server/turns';
import { peekState } from './state';

export interface Finished {
  readonly page: CallbackPage;
  /** The environment that the callback is for, by its verified state. */
  readonly name?: string | undefined;
  readonly connected?: Connected;
  /** A page that was shown after a success was loaded again; nothing was sent to Xero. */
  readonly isReload?: boolean;
  readonly failure?: Failure;
  /** The warning for a link that was made by an earlier version. */
  readonly oldLink?: string | undefined;
}

/** Finishes the consents that a server receives: a few environments at once, and those of one in turn. */
export interface ConsentDesk {
  /** Finishes one consent from the query that Xero sent the browser back with. Never throws. */
  finish(query: string): Promise<Finished>;
  /** Refuses the callbacks that still wait. */
  close(): void;
}

/** A browser or proxy gives up after a minute, so a callback that would wait long is asked to come back later. */
const turnLimits = { atOnce: 16, waiting: 64, waitingEach: 2, longestWaitMs: 20_000 };
const retryAfterSeconds = 60;

export function consentDesk(targetOf: (state: string) => Promise<CallbackTarget>, context: Context): ConsentDesk {
  const [turns, refused, shown] = [new Turns(turnLimits), new RefusedCodes(), new Map<string, CallbackPage>()];
  return {
    finish: (query) => finish(query, { targetOf, turns, refused, shown }, forOneCallback(context)),
    close: () => turns.close(),
  };
}

/** A context with its own set of secrets: if all callbacks shared one set, the server would run out of memory. */
function forOneCallback(context: Context): Context {
  const { console } = context;
  return { ...context, console: { ...console, secrets: new Set(console.secrets) } };
}

interface Desk {
  targetOf(state: string): Promise<CallbackTarget>;
  readonly turns: Turns;
  readonly refused: RefusedCodes;
  /** The last pages of a success, by the environment and a fingerprint of the code. */
  readonly shown: Map<string, CallbackPage>;
}

async function finish(query: string, desk: Desk, context: Context): Promise<Finished> {
  let verified: CallbackTarget | undefined;
  try {
    const callback = readQuery(query);
    verified = await verifiedTarget(callback.state, desk, context);
    const { stored, options } = verified;
    if (callback.kind === 'error') throw callbackFailure(callback, stored.name);
    const key = `${stored.where} ${fingerprint(callback.code, 16)}`;
    const shown = desk.shown.get(key);
    if (shown !== undefined) return { name: stored.name, isReload: true, page: shown };
    const connected = await desk.turns.take(stored.where, () => connectOnce(stored, callback, options, desk, context));
    const oldLink = formatOldLink(callback.state, stored.name);
    const page = connectedPage(connected);
    remember(desk.shown, key, page);
    return { name: stored.name, connected, oldLink, page };
  } catch (error) {
    const failure = failureOf(error, context.console);
    return { name: verified?.stored.name, failure, page: pageOf(failure, verified, desk) };
  }
}

const mostPagesShown = 1000;

function remember(shown: Map<string, CallbackPage>, key: string, page: CallbackPage): void {
  shown.set(key, page);
  for (const oldest of shown.keys()) if (shown.size > mostPagesShown) shown.delete(oldest);
}

/** Connects, unless Xero refused this code before. After many refused codes of one environment it waits. */
async function connectOnce(
  stored: StoredEnvironment,
  callback: CodeCallback,
  options: ConnectOptions,
  { refused }: Desk,
  context: Context,
): Promise<Connected> {
  const { name, where } = stored;
  if (refused.isRefused(where, callback.code, performance.now()))
    throw consentNeeded(name, 'its code was refused before', 'invalid_grant');
  const waitMs = refused.waitMs(where, performance.now());
  if (waitMs > 0) throw tooManyCodes(name, waitMs);
  try {
    const connected = await connect(stored, callback, options, context);
    refused.forget(where);
    return connected;
  } catch (error) {
    const isRefused = error instanceof Failure && error.code === 'invalid_grant';
    if (isRefused) refused.refuse(where, callback.code, performance.now());
    throw error;
  }
}

function connectedPage({ tenantName, others, isAlready = false }: Connected): CallbackPage {
  const title = `${isolated(tenantName) || 'your organisation'} is connected`;
  if (isAlready)
    return { status: 200, title, text: 'It was connected before, and nothing was changed. You can close this window.' };
  const also = others.length === 0 ? '' : `Also connected: ${others.map(isolated).join(', ')}. `;
  return {
    status: 200,
    title,
    text: `${also}Thank you, that is all. You can close this window.`,
  };
}

/** Failures that anyone may be shown: they depend on no environment's name, or only on a link that was ours. */
const publicCodes = ['link_expired', 'claimed_twice', 'no_folder', 'unexpected'];

function pageOf(failure: Failure, verified: CallbackTarget | undefined, { refused }: Desk): CallbackPage {
  if (verified === undefined) return publicCodes.includes(failure.code) ? failurePage(failure) : strangersPage;
  if (failure.code === 'too_many_at_once') return laterPage(retryAfterSeconds);
  if (failure.code !== 'too_many_codes') return failurePage(failure);
  return laterPage(Math.ceil(refused.waitMs(verified.stored.where, performance.now()) / 1000));
}

const longestQuery = 8 * 1024;
const parameters = ['code', 'state', 'error', 'error_description'];

/** Refuses a parameter given twice (RFC 6749 §3.1): two readers might read two values. @throws Failure `invalid` */
function readQuery(query: string): Callback {
  if (query.length > longestQuery) throw badQuery('is too long');
  const pairs = query.split('&').filter((pair) => parameters.includes(pair.split('=', 1)[0] ?? ''));
  if (new Set(pairs.map((pair) => pair.split('=', 1)[0])).size < pairs.length) throw badQuery('says something twice');
  return parseCallback(`https://callback.invalid/?${pairs.join('&')}`);
}

function badQuery(what: string): Failure {
  return invalid('bad_query', `the callback URL ${what}`, 'open the link again, and press Allow access');
}

/**
 * The target of a verified state. Every refusal reads one environment and computes one signature, so that all take the
 * same time.
 * @throws Failure `invalid`
 */
async function verifiedTarget(state: string, { targetOf }: Desk, context: Context): Promise<CallbackTarget> {
  const target = await targetOf(state);
  const { stored, refusal } = target;
  try {
    const settings = settingsOf(await stored.read(), context.env(), stored.where);
    const hadName = await stored.hadName(peekState(state)?.name ?? '');
    checkState(state, refusal === undefined ? settings : standingIn(settings, state), context.now(), hadName);
  } catch (error) {
    throw refusal?.code === 'unknown_state' ? refusal : error;
  }
  if (refusal !== undefined) throw refusal;
  return target;
}

/** The settings of an environment under the name in a state, so that a signature is computed for a wrong name too. */
function standingIn(settings: Settings, state: string): Settings {
  const name = peekState(state)?.name ?? settings.environment.name;
  return { ...settings, environment: { ...settings.environment, name } };
}
