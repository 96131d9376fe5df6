import { storeOf, type Context } from '../context';
import { valueOf } from '../environment/environment';
import type { Settings } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
import { invalid } from '../errors';
import { forOneRequest } from '../refresh/access';
import { callbackTargets, type CallbackTarget } from './callback-target';
import { isStateFor } from './find-environment';
import { consentDesk, type Finished } from './finish';
import { serveCallbacks } from './server/server';
import { nameIn } from './state';

/** A server on the loopback `redirect_uri` that waits for one environment's consent. */
export interface AwaitedCallback {
  /** Resolves when that environment is connected, or Cancel was pressed. */
  readonly finished: Promise<Finished>;
  close(): Promise<void>;
}

/**
 * Listens at the redirect URI; called before the link is shown. `expectTenant` is the organisation that the consent
 * must bring; when it is '' or undefined, the environment's rows decide.
 * @throws Failure `invalid` when the redirect URI is not on this machine
 */
export async function awaitCallback(
  stored: StoredEnvironment,
  settings: Settings,
  expectTenant: string | undefined,
  context: Context,
): Promise<AwaitedCallback> {
  const redirectUri = new URL(settings.value('redirect_uri'));
  if (redirectUri.protocol !== 'http:' || redirectUri.hostname !== 'localhost' || redirectUri.port === '0') {
    throw invalid(
      'not_loopback',
      `the redirect_uri of ${settings.environment.name} is not on this machine's localhost`,
      'leave --listen out and use exchange, or run behind the reverse proxy: npx evergrant listen',
    );
  }
  let resolve: (finished: Finished) => void;
  const finished = new Promise<Finished>((done) => (resolve = done));
  const desk = consentDesk(await targetFor(stored, expectTenant, context), context);
  const server = await serveCallbacks({
    port: Number(redirectUri.port || 80),
    path: redirectUri.pathname,
    finish: async (query) => {
      const one = await desk.finish(query);
      if (one.name !== stored.name) return one.page; // another environment of the folder is served, too
      const isCancelled = one.failure?.code === 'access_denied';
      if (one.connected !== undefined || isCancelled) resolve(one);
      return isCancelled ? { ...one.page, text: afterCancel } : one.page;
    },
  });
  return { finished, close: server.close };
}

/** The usual page says to open the same link again, but this process no longer listens for it. */
const afterCancel =
  'You pressed Cancel, so nothing was connected. To connect after all, go back to the terminal: it has the command for a new link.';

/** This environment for the link just made, wherever its file is; otherwise the folder's one that the state names. */
async function targetFor(
  stored: StoredEnvironment,
  expectTenant: string | undefined,
  context: Context,
): Promise<(state: string) => Promise<CallbackTarget>> {
  const others = callbackTargets(await storeOf(context).claims(nameIn), forOneRequest, context, stored);
  const own = { stored, options: { ...forOneRequest, expectTenant: expectTenant || undefined } };
  return async (state) => {
    const environment = await stored.read();
    const found = await others(state);
    const isElsewhere = found.refusal?.code === 'unknown_state' && isStateFor(environment, state);
    if (isElsewhere || valueOf(environment, 'consent_state') === state) return own;
    return found.stored.where === stored.where ? { ...found, options: own.options } : found;
  };
}
