import { randomBytes } from 'node:crypto';
import { callbackTargets, type CallbackTarget } from '../consent/callback-target';
import { checkLink } from '../consent/check-link';
import { printConnected } from '../consent/connected';
import { isStateFor } from '../consent/find-environment';
import { consentDesk, type Finished } from '../consent/finish';
import type { ConsentLink, LinkOrder } from '../consent/link';
import { consentHtml, consentText } from '../consent/message';
import { linkSettings, newLink } from '../consent/new-link';
import { scopeProblems } from '../consent/scopes';
import { serveCallbacks } from '../consent/server/server';
import { nameIn } from '../consent/state';
import { homeOf, storeOf, type Context } from '../context';
import { valueOf } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { heldName } from '../environment/plain-name';
import type { Settings } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { invalid } from '../errors';
import { forOneRequest } from '../refresh/access';
import { sayDuration } from '../text/duration';

export interface ConsentCommand {
  readonly name: string;
  readonly isChecked: boolean;
  readonly isJson: boolean;
  /** Print a note to send to the customer, not the bare link. */
  readonly message?: 'text' | 'html';
  readonly isOpened: boolean;
  /** Catch the callback on the loopback `redirect_uri` and finish. */
  readonly isAwaited: boolean;
  readonly link: LinkOrder;
}

/** Prints the link that a person with access to the Xero organisation opens once. Nothing of the connection changes. */
export async function consent(options: ConsentCommand, context: Context): Promise<number> {
  const home = homeOf(context, options.name);
  const settings = await linkSettings(home, context.outside());
  const awaited = options.isAwaited ? await awaitCallback(home, settings, options, context) : undefined;
  if (options.isChecked) await checkLink(settings, context);
  const link = await newLink(home, settings, options.link, context.now(), randomBytes);
  sayLink(link, settings, options, context);
  if (options.isOpened) await openBrowser(link.url);
  return awaited === undefined ? 0 : await finish(awaited, options, context);
}

function sayLink(link: ConsentLink, settings: Settings, options: ConsentCommand, context: Context): void {
  const { console } = context;
  const { environment } = settings;
  const { url, goodUntil, changes } = link;
  const expectedTenant = changes.expected_tenant ?? valueOf(environment, 'expected_tenant');
  const { mayReplace } = options.link;
  const organisation = mayReplace ? '' : heldName(environment);
  const note = { url, scopes: settings.value('scopes'), goodUntil, organisation };
  if (options.isJson) {
    const result = { environment: environment.name, url, expiresAt: goodUntil, mayReplace, expectedTenant };
    console.print(JSON.stringify({ ...result, expectedTenant: expectedTenant || null }, null, 2));
  } else if (options.message === undefined) console.print(url);
  else console.print(options.message === 'html' ? consentHtml(note) : consentText(note));
  const next = options.isAwaited
    ? 'waiting for the browser to come back (Ctrl-C ends it)'
    : `when it has come back, paste its address: npx evergrant exchange ${environment.name}`;
  const until = `${goodUntil.toISOString().slice(0, 16).replace('T', ' ')} UTC, for ${sayDuration(options.link.validForMs)}`;
  console.say(`good until ${until}, and for one success; ${next}`);
  sayOrganisation(settings, expectedTenant, options.link, context);
  for (const { problem, mend } of scopeProblems(settings.value('scopes'))) {
    console.say(`${console.style.yellow('note')}: ${problem}\n  → ${mend}`);
  }
}

/** Which organisations the link can bring. */
function sayOrganisation(
  { environment }: Settings,
  expected: string,
  { mayReplace }: LinkOrder,
  context: Context,
): void {
  const { name } = environment;
  const held = heldName(environment) || valueOf(environment, 'tenant_id');
  const isAlive = !['consent_needed', 'never_connected'].includes(grantOf(environment, context.now()).state);
  if (held !== '' && isAlive) {
    const other = mayReplace
      ? 'another organisation will take its place'
      : `another organisation will be refused; to change it: npx evergrant consent ${name} --replace`;
    context.console.say(`${name} is connected to ${held}: the same may be chosen again, ${other}`);
  } else if (held !== '') context.console.say(`${name} was connected to ${held}: the same is to be chosen again`);
  if (expected !== '') {
    context.console.say(
      `${name} expects ${expected}: any other organisation will be refused, until --expect-tenant says otherwise`,
    );
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
  home: StoredEnvironment,
  settings: Settings,
  options: ConsentCommand,
  context: Context,
): Promise<Awaited> {
  const redirectUri = new URL(settings.value('redirect_uri'));
  if (redirectUri.protocol !== 'http:' || redirectUri.hostname !== 'localhost' || redirectUri.port === '0') {
    throw invalid(
      'not_loopback',
      `the redirect_uri of ${settings.environment.name} is not on this machine's localhost`,
      'leave --listen out and use exchange, or run npx evergrant listen behind the reverse proxy',
    );
  }
  let resolve: (finished: Finished) => void;
  const finished = new Promise<Finished>((done) => (resolve = done));
  const desk = consentDesk(await targetOf(home, options, context), context);
  const server = await serveCallbacks({
    port: Number(redirectUri.port || 80),
    path: redirectUri.pathname,
    finish: async (query) => {
      const one = await desk.finish(query);
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

/** This environment, wherever its file is, for the link just made; else the one of the folder that the state names. */
async function targetOf(
  home: StoredEnvironment,
  { link: { expectTenant = '' } }: ConsentCommand,
  context: Context,
): Promise<(state: string) => Promise<CallbackTarget>> {
  const others = callbackTargets(await storeOf(context).claims(nameIn), forOneRequest, context, home);
  const own = { home, options: { ...forOneRequest, ...(expectTenant === '' ? {} : { expectTenant }) } };
  return async (state) => {
    const environment = await home.read();
    const found = await others(state);
    const isElsewhere = found.refusal?.code === 'unknown_state' && isStateFor(environment, state);
    if (isElsewhere || valueOf(environment, 'consent_state') === state) return own;
    return found.home.where === home.where ? { ...found, options: own.options } : found;
  };
}

async function finish({ finished, close }: Awaited, options: ConsentCommand, context: Context): Promise<number> {
  const { connected, failure } = await finished;
  await close();
  if (failure !== undefined) throw failure;
  if (connected !== undefined) printConnected(connected, options.isJson, context);
  return 0;
}
