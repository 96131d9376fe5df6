import type { Context } from '../context';
import { callbackFailure, checkState, parseCallback } from '../core/callback';
import type { EnvironmentHome } from '../core/home';
import { settingsOf } from '../core/settings';
import { invalid, quoted, type Failure } from '../errors';
import type { CallbackPage } from '../io/callback-page';
import { serveCallbacks } from '../io/callback-server';
import { trustedProxies } from '../io/client-address';
import { failureOf } from '../io/console';
import { connect, sayReplaced, type Connected, type ConnectOptions } from './connect';
import { findByState } from './exchange';

export interface ListenCommand extends ConnectOptions {
  readonly port: number;
  readonly path: string;
  /** Proxies whose X-Forwarded-For is believed, besides this machine's own; undefined: nobody's. */
  readonly trustedProxies?: string;
}

/** Serves the callback page and finishes every consent whose state it can verify, until it is stopped. */
export async function listen(options: ListenCommand, context: Context): Promise<number> {
  const { console } = context;
  const trusted = options.trustedProxies === undefined ? undefined : trustedProxies(options.trustedProxies);
  checkPath(options.path);
  const finish = async (query: string): Promise<CallbackPage> => {
    const finished = await finishConsent(query, (state) => ({ home: findByState(state, context), options }), context);
    console.say(`${context.now().toISOString()} ${lineOf(finished)}`);
    return finished.page;
  };
  const server = await serveCallbacks({ port: options.port, path: options.path, trusted, finish });
  console.print(`listening: http://localhost:${server.port}${options.path}`);
  console.say(
    `for all environments in ${context.folder}; health: http://localhost:${server.port}/health (stop it with Ctrl-C)`,
  );
  await context.signals.stopped();
  await server.close();
  return 0;
}

/** @throws Failure `invalid` for one that no redirect URI of this server could have */
function checkPath(path: string): void {
  const isPath = /^\/[^?#\s]*$/.test(path) && new URL(path, 'http://localhost').pathname === path;
  if (isPath && path !== '/health') return;
  throw invalid(
    'bad_path',
    `--path is ${quoted(path)}, which no redirect URI can end with here`,
    'as in --path /callback',
  );
}

export interface Finished {
  readonly page: CallbackPage;
  /** The environment that the callback is for: its state is verified. */
  readonly name?: string;
  readonly connected?: Connected;
  readonly failure?: Failure;
}

/** Whom a state is for, and how that one is to be connected. */
export interface Addressee {
  readonly home: EnvironmentHome;
  readonly options: ConnectOptions;
}

/** Finishes one consent from the query that Xero sent the browser back with. Never throws. */
export async function finishConsent(
  query: string,
  addresseeOf: (state: string) => Addressee,
  context: Context,
): Promise<Finished> {
  let known: Pick<Finished, 'name'> = {};
  try {
    const callback = parseCallback(`https://callback.invalid/?${query}`);
    const { home, options } = addresseeOf(callback.state);
    checkState(callback.state, settingsOf(home.read(), context.outside(), home.where), context.now());
    known = { name: home.name };
    if (callback.kind === 'error') throw callbackFailure(callback, home.name);
    const connected = await connect(home, callback, options, context);
    const organisation = connected.tenantName || 'your organisation';
    return {
      ...known,
      connected,
      page: {
        status: 200,
        title: `${organisation} is connected`,
        text: 'Thank you, that is all. You can close this window.',
      },
    };
  } catch (error) {
    const failure = failureOf(error, context.console);
    return { ...known, failure, page: pageFor(failure) };
  }
}

/** What went wrong in words for a customer, who has no terminal: the failure's own hint is for us. */
function pageFor({ kind, code }: Failure): CallbackPage {
  if (code === 'access_denied') {
    return {
      status: 200,
      title: 'Not connected',
      text: 'You pressed Cancel, so nothing was connected. To connect after all, open the link again that you were sent.',
    };
  }
  if (code === 'invalid_grant') {
    return {
      status: 410,
      title: 'This was used already',
      text: 'This page works once. If your organisation is not connected yet, open the link again that you were sent.',
    };
  }
  if (code === 'link_expired') {
    return {
      status: 410,
      title: 'This link is too old',
      text: 'Please ask for a new link: this one was good for 14 days.',
    };
  }
  if (code === 'wrong_organisation') {
    return {
      status: 409,
      title: 'That was another organisation',
      text: 'Nothing was changed. Please open the link again that you were sent, and choose the organisation that you were asked for.',
    };
  }
  if (kind === 'invalid') {
    return {
      status: 400,
      title: 'This link is not ours',
      text: 'Please open the link exactly as it was sent to you, or ask for a new one.',
    };
  }
  if (kind === 'refused') {
    return {
      status: 500,
      title: 'Not connected',
      text: 'Something on our side has to be mended first. Please tell whoever sent you the link.',
    };
  }
  return {
    status: 503,
    title: 'Not connected yet',
    text: 'Xero or we could not finish. Please open the link again that you were sent, in a few minutes.',
  };
}

/** For the log: who and what, never a code. */
function lineOf({ name, connected, failure }: Finished): string {
  if (connected === undefined) return `${name === undefined ? '' : `${name}: `}refused: ${failure?.message ?? ''}`;
  const { environment, tenantName, tenantId } = connected;
  return sayReplaced(connected) ?? `${environment.name}: connected to ${tenantName || tenantId}`;
}
