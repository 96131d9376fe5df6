import Router from '@koa/router';
import type { Context as Request, Middleware } from 'koa';
import { koaBody } from 'koa-body';
import { isFromProxy } from '../consent/server/client-address';
import { storeOf, type Context } from '../context';
import { isName } from '../environment/names';
import { Failure } from '../errors';
import { minuteMs, parseDuration } from '../text/duration';
import type { Access, AccessDesk } from './access-desk';
import { metadataOf, tokenAnswer, tokenPath } from './answers';
import type { Flight } from './flight';
import { ownHeader, type Door, type GuardOptions } from './guards';
import type { Overview } from './overview';
import type { Peer, PeerDesk } from './peer';
import { asRefusal, caused, Refusal, refusalOf, unknownTarget } from './refusal';
import { badRequest, checkScope, credentialsIn, formIn, targetIn } from './token-request';
import type { UseLog } from './use-log';
import type { UseMetrics } from './use-metrics';

export interface ServeOptions extends GuardOptions {
  /** A token is refreshed first when it has less left, unless the asker says otherwise. */
  readonly minValidityMs: number;
}

/** Xero's tokens live for half an hour: to ask for more than this would refresh at every request. */
export const longestMinValidityMs = 25 * minuteMs;
const longestForm = '16kb';

/** What a request's handling needs to know of it. */
export interface Parts {
  readonly desk: AccessDesk;
  readonly peers: PeerDesk;
  readonly overview: Overview;
  readonly flight: Flight;
  readonly metrics: UseMetrics;
  readonly log: UseLog;
  readonly options: ServeOptions;
  readonly context: Context;
  doorOf(ctx: Request): Door;
}

const readForm: Middleware = koaBody({
  urlencoded: true,
  json: false,
  text: false,
  multipart: false,
  formLimit: longestForm,
  onError: (error) => {
    throw 'status' in error ? error : badRequest('the body can not be unpacked as its Content-Encoding says');
  },
});

/** The token endpoint, the plain door and the board, behind the guards. */
export function routerOf(parts: Parts): Router {
  const { overview, options, metrics, context } = parts;
  const router = new Router();
  router.post(tokenPath, readForm, (ctx) => answerToken(ctx, parts));
  router.get('/.well-known/oauth-authorization-server', (ctx) => {
    ctx.body = metadataOf(issuerOf(ctx, parts.doorOf(ctx), options));
  });
  router.get('/v1/environments/:name/token', async (ctx) => {
    const name = String(ctx.params['name']);
    await answerPeer(ctx, parts, isName(name) ? name : '', async (peer) => {
      const minValidityMs = minValidityIn(ctx.query['min_validity']) ?? options.minValidityMs;
      const access = await accessFor(peer, name, minValidityMs, parts);
      ctx.body = tokenAnswer(access, context.now());
    });
  });
  router.get('/v1/status', (ctx) =>
    answerPeer(ctx, parts, '', async ({ environments }) => {
      ctx.body = await overview.status(environments);
    }),
  );
  router.get('/metrics', (ctx) =>
    answerPeer(ctx, parts, '', async ({ environments }) => {
      ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
      const all = environments === null;
      const own = all ? await metrics.text() : '';
      const ofStore = overview.metrics(environments);
      ctx.body = (await (all ? ofStore.catch(unlessAway) : ofStore)) + own; // who supervises the server must see an outage
    }),
  );
  router.get('/', (ctx) =>
    answerPeer(ctx, parts, '', async ({ environments }) => {
      ctx.set('Refresh', '60');
      ctx.set('Content-Security-Policy', "frame-ancestors 'none'"); // the page has the rest of it
      ctx.type = 'html';
      ctx.body = await overview.board(environments);
    }),
  );
  return router;
}

/** The token endpoint: RFC 6749 §4.4. */
async function answerToken(ctx: Request, parts: Parts): Promise<void> {
  const { peers, flight, log, metrics, context, options } = parts;
  const use = { client: '', environment: '', outcome: 'served' };
  try {
    if (!ctx.is('urlencoded')) throw badRequest('the body is no form: application/x-www-form-urlencoded');
    const form = formIn(ctx.request.body);
    if (form.grant_type === undefined) throw badRequest('grant_type is missing');
    const { id, environments } = await peers.client(credentialsIn(ctx.get('authorization'), form), ctx);
    use.client = id;
    if (form.grant_type !== 'client_credentials') {
      throw new Refusal(400, 'unsupported_grant_type', 'grant_type is not client_credentials');
    }
    const name = targetIn(form) ?? (await onlyOne(environments, context));
    const access = await flight.take(id, () => {
      if (isAllowed(environments, name)) use.environment = name;
      return accessFor({ client: id, environments }, name, options.minValidityMs, parts);
    });
    checkScope(form.scope, access.scopes);
    ctx.body = tokenAnswer(access, context.now());
  } catch (error) {
    use.outcome = asRefusal(error).error;
    throw error;
  } finally {
    log.note(use);
    metrics.note(use);
  }
}

/** Answers at the plain door, if it may. `environment` is the one that is asked for, or ''. */
async function answerPeer(
  ctx: Request,
  parts: Parts,
  environment: string,
  answer: (peer: Peer) => Promise<void>,
): Promise<void> {
  const use = { client: '', environment: '', outcome: 'served' };
  try {
    const isForPrograms = ctx.path.startsWith('/v1/');
    if (isForPrograms && ctx.get(ownHeader) === '') throw withoutHeader();
    const peer = await parts.peers.peer(ctx, parts.doorOf(ctx));
    use.client = peer.client;
    if (isAllowed(peer.environments, environment)) use.environment = environment;
    await parts.flight.take(peer.client, () => answer(peer));
  } catch (error) {
    use.outcome = asRefusal(error).error;
    throw error;
  } finally {
    parts.log.note(use);
    parts.metrics.note(use);
  }
}

/** Metrics of environments while their store is away: none. */
function unlessAway(error: unknown): string {
  if (error instanceof Failure && error.kind === 'temporary_failure') return '';
  throw error;
}

/** A header that a web page can't send, and that nobody sends who was only told to fetch an address. */
function withoutHeader(): Refusal {
  const hint = 'send it with every request: X-Evergrant: 1';
  return new Refusal(403, 'invalid_request', 'the header X-Evergrant is missing', hint);
}

async function accessFor(peer: Peer, name: string, minValidityMs: number, { desk }: Parts): Promise<Access> {
  if (!isName(name) || !isAllowed(peer.environments, name)) throw unknownTarget();
  try {
    return await desk.access(name, minValidityMs);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'bug') throw error;
    throw caused(refusalOf(name, error), error);
  }
}

function isAllowed(environments: readonly string[] | null, name: string): boolean {
  return environments === null || environments.includes(name);
}

/** The environment of a client that names none. @throws Refusal `invalid_request` unless it may have one only */
async function onlyOne(environments: readonly string[] | null, context: Context): Promise<string> {
  const [name, ...others] = environments ?? (await storeOf(context).names());
  if (name !== undefined && others.length === 0) return name;
  if (name === undefined) throw unknownTarget();
  throw badRequest('this client may have several environments: name one by resource, audience or environment');
}

/** @throws Refusal for what is no duration, and for one that no token has */
function minValidityIn(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const ms = parseDuration(String(text));
    if (ms <= longestMinValidityMs) return ms;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  throw badRequest('min_validity is no duration up to 25m, as in 5m or 90s');
}

function issuerOf(ctx: Request, { kind, scheme }: Door, { trusted }: ServeOptions): string {
  const isByProxy = trusted !== undefined && isFromProxy(ctx.req, trusted);
  const isTls = scheme === 'https' || (isByProxy && ctx.get('x-forwarded-proto') === 'https');
  const host = ctx.get('host');
  const isPlain = kind === 'tcp' || /^[\w.-]+(:\d{1,5})?$/.test(host); // on TCP, it was checked
  return `${isTls ? 'https' : 'http'}://${isPlain ? host : 'localhost'}`;
}
