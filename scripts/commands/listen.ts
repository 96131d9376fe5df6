import type { Context } from '../context';
import { callbackFailure, checkState, parseCallback } from '../core/callback';
import { settingsOf } from '../core/settings';
import { Failure } from '../errors';
import type { CallbackPage } from '../io/callback-page';
import { serveCallbacks } from '../io/callback-server';
import { failureOf } from '../io/console';
import { connect, sayReplaced, type Connected, type ConnectOptions } from './connect';
import { findByState } from './exchange';

export interface ListenCommand extends ConnectOptions {
  readonly port: number;
  readonly path: string;
}

/** Serves the callback page and finishes every consent whose state it can verify, until it is stopped. */
export async function listen(options: ListenCommand, context: Context): Promise<number> {
  const { console } = context;
  const finish = async (query: string): Promise<CallbackPage> => {
    const { page, connected, failure } = await finishConsent(query, options, context);
    console.say(`${context.now().toISOString()} ${lineOf(connected, failure)}`);
    return page;
  };
  const server = await serveCallbacks({ port: options.port, path: options.path, finish });
  console.print(`listening: http://localhost:${server.port}${options.path}`);
  console.say(
    `for all environments in ${context.folder}; health: http://localhost:${server.port}/health (stop it with Ctrl-C)`,
  );
  await context.signals.stopped();
  await server.close();
  return 0;
}

export interface Finished {
  readonly page: CallbackPage;
  readonly connected?: Connected;
  readonly failure?: Failure;
}

/** Finishes one consent from the query that Xero sent the browser back with. Never throws. */
export async function finishConsent(query: string, options: ConnectOptions, context: Context): Promise<Finished> {
  try {
    const callback = parseCallback(`https://callback.invalid/?${query}`);
    const home = findByState(callback.state, context);
    checkState(callback.state, settingsOf(home.read(), context.outside(), home.where), context.now());
    if (callback.kind === 'error') throw callbackFailure(callback, home.name);
    const connected = await connect(home, callback, options, context);
    const organisation = connected.tenantName || 'your organisation';
    return {
      connected,
      page: {
        status: 200,
        title: `${organisation} is connected`,
        text: 'Thank you, that is all. You can close this window.',
      },
    };
  } catch (error) {
    const failure = failureOf(error, context.console);
    return { failure, page: pageFor(failure) };
  }
}

/** What went wrong in words for a customer, who has no terminal: the failure's own hint is for us. */
function pageFor({ kind, code }: Failure): CallbackPage {
  if (code === 'access_denied') {
    return {
      status: 200,
      title: 'Not connected',
      text: 'You pressed Cancel, so nothing was connected. To connect after all, open the link that you were sent again.',
    };
  }
  if (code === 'invalid_grant') {
    return {
      status: 410,
      title: 'This was used already',
      text: 'This page works once. If your organisation is not connected yet, open the link that you were sent again.',
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
      text: 'Nothing was changed. Please open the link that you were sent again, and choose the organisation that you were asked for.',
    };
  }
  if (kind === 'invalid') {
    return {
      status: 400,
      title: 'This link is not ours',
      text: 'Please open the link exactly as it was sent to you, or ask for a new one.',
    };
  }
  return {
    status: 503,
    title: 'Not connected yet',
    text: 'Xero or we could not finish. Please open the link that you were sent again in a few minutes.',
  };
}

/** For the log: who and what, never a code. */
function lineOf(connected: Connected | undefined, failure: Failure | undefined): string {
  if (connected === undefined) return `refused: ${failure?.message ?? ''}`;
  const { environment, tenantName, tenantId } = connected;
  return sayReplaced(connected) ?? `${environment.name}: connected to ${tenantName || tenantId}`;
}
