import { randomBytes } from 'node:crypto';
import { homeOf, type Context } from '../context';
import { forOneRequest } from '../core/access';
import { consentHtml, consentText } from '../core/consent-message';
import { valueOf } from '../core/environment';
import type { EnvironmentHome } from '../core/home';
import { linkSettings, newLink } from '../core/new-link';
import { scopeProblems } from '../core/scopes';
import type { Settings } from '../core/settings';
import { linkLifetimeMs } from '../core/state';
import { invalid } from '../errors';
import { serveCallbacks } from '../io/callback-server';
import { checkLink } from './check-link';
import { claims, findByState, sayConnected } from './exchange';
import { finishConsent, type Addressee, type Finished } from './listen';

export interface ConsentCommand {
  readonly name: string;
  readonly isChecked: boolean;
  readonly isJson: boolean;
  /** Print a note to send to the customer, not the bare link. */
  readonly message?: 'text' | 'html';
  readonly isOpened: boolean;
  /** Catch the callback on the loopback `redirect_uri` and finish. */
  readonly isAwaited: boolean;
  readonly expectTenant?: string;
}

/** Prints the link that a person with access to the Xero organisation opens once. Nothing of the connection changes. */
export async function consent(options: ConsentCommand, context: Context): Promise<number> {
  const home = homeOf(context, options.name);
  const settings = linkSettings(home, context.outside());
  const awaited = options.isAwaited ? await awaitCallback(home, settings, options, context) : undefined;
  if (options.isChecked) await checkLink(settings, context);
  const url = await newLink(home, settings, context.now(), randomBytes);
  sayLink(url, settings, options, context);
  if (options.isOpened) await openBrowser(url);
  return awaited === undefined ? 0 : await finish(awaited, options, context);
}

function sayLink(url: string, settings: Settings, options: ConsentCommand, context: Context): void {
  const { console } = context;
  const { environment } = settings;
  const goodUntil = new Date(context.now().getTime() + linkLifetimeMs);
  const organisation = valueOf(environment, 'tenant_name');
  const note = { url, scopes: settings.value('scopes'), goodUntil, organisation };
  if (options.isJson)
    console.print(JSON.stringify({ environment: environment.name, url, expiresAt: goodUntil }, null, 2));
  else if (options.message === undefined) console.print(url);
  else console.print(options.message === 'html' ? consentHtml(note) : consentText(note));
  const next = options.isAwaited
    ? 'waiting for the browser to come back (Ctrl-C ends it)'
    : `when it has come back, paste its address: npx evergrant exchange ${environment.name}`;
  console.say(`good until ${goodUntil.toISOString().slice(0, 10)}; ${next}`);
  if (organisation !== '')
    console.say(
      `${environment.name} is connected to ${organisation}: the same is to be chosen again, unless it is to change`,
    );
  for (const { problem, mend } of scopeProblems(settings.value('scopes'))) {
    console.say(`${console.style.yellow('note')}: ${problem}\n  → ${mend}`);
  }
}

async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}

interface Awaited {
  readonly finished: Promise<Finished>;
  close(): Promise<void>;
}

/** Listens where the redirect URI says, before the link is shown. @throws Failure `invalid` when that is not this machine */
async function awaitCallback(
  home: EnvironmentHome,
  settings: Settings,
  options: ConsentCommand,
  context: Context,
): Promise<Awaited> {
  const redirectUri = new URL(settings.value('redirect_uri'));
  if (redirectUri.protocol !== 'http:' || redirectUri.hostname !== 'localhost') {
    throw invalid(
      'not_loopback',
      `the redirect_uri of ${settings.environment.name} is not on this machine's localhost`,
      'leave --listen out and use exchange, or run npx evergrant listen behind the reverse proxy',
    );
  }
  let resolve: (finished: Finished) => void;
  const finished = new Promise<Finished>((done) => (resolve = done));
  const server = await serveCallbacks({
    port: Number(redirectUri.port || 80),
    path: redirectUri.pathname,
    finish: async (query) => {
      const one = await finishConsent(query, (state) => addresseeOf(state, home, options, context), context);
      if (one.name !== home.name) return one.page; // somebody else's, who is served all the same
      const isCancelled = one.failure?.code === 'access_denied';
      if (one.connected !== undefined || isCancelled) resolve(one);
      return isCancelled ? { ...one.page, text: afterCancel } : one.page;
    },
  });
  return { finished, close: server.close };
}

/** Nobody listens any more for the same link, which the page otherwise says to open again. */
const afterCancel =
  'You pressed Cancel, so nothing was connected. To connect after all, go back to the terminal: it has the command for a new link.';

/** This environment, wherever its file is; or another one of the folder, which is not held to what this one expects. */
function addresseeOf(state: string, home: EnvironmentHome, options: ConsentCommand, context: Context): Addressee {
  if (!claims(home.read(), state)) return { home: findByState(state, context), options: forOneRequest };
  const { expectTenant } = options;
  return { home, options: { ...forOneRequest, ...(expectTenant === undefined ? {} : { expectTenant }) } };
}

async function finish({ finished, close }: Awaited, options: ConsentCommand, context: Context): Promise<number> {
  const { connected, failure } = await finished;
  await close();
  if (failure !== undefined) throw failure;
  if (connected !== undefined) sayConnected(connected, options.isJson, context);
  return 0;
}
