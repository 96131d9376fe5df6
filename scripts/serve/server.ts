import type { IncomingMessage, RequestListener } from 'node:http';
import Koa, { type Middleware } from 'koa';
import type { Context } from '../context';
import { failureOf } from '../terminal/console';
import type { AccessDesk } from './access-desk';
import { answerRefusal, commonHeaders } from './answers';
import type { ClientDesk } from './client-desk';
import { Flight } from './flight';
import { objectionTo, type Door } from './guards';
import { answerHealth, type Health } from './health';
import type { LoopWatch } from './loop-watch';
import { Overview } from './overview';
import { peerDesk } from './peer';
import { asRefusal, Refusal } from './refusal';
import { routerOf, type Parts, type ServeOptions } from './routes';
import type { UseLog } from './use-log';
import { useMetrics } from './use-metrics';

/** The answers of `serve`, the same at every door. */
export interface Service {
  handlerOf(door: Door): RequestListener;
  /** From now on each answer is the last of its connection. */
  stop(): void;
}

/** Who does the work. */
export interface Desks {
  readonly access: AccessDesk;
  readonly clients: ClientDesk;
  readonly health: Health;
  readonly loop: LoopWatch;
}

/**
 * Makes the token endpoint, the plain door and the board. Koa's own error log is off: errors are scrubbed and said by the
 * use log, and no answer tells of them.
 */
export function makeService(options: ServeOptions, desks: Desks, log: UseLog, context: Context): Service {
  const { access, clients, health, loop } = desks;
  const doors = new WeakMap<IncomingMessage, Door>();
  const flight = new Flight();
  const parts: Parts = {
    desk: access,
    peers: peerDesk(clients, options.trusted),
    overview: new Overview(context),
    flight,
    metrics: useMetrics(() => flight.size, health, loop),
    log,
    options,
    context,
    doorOf: (ctx) => doors.get(ctx.req) ?? strangeDoor,
  };
  let isStopping = false;
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    ctx.set(commonHeaders);
    await next();
    if (isStopping) ctx.set('Connection', 'close');
  });
  app.use(refusals(parts));
  app.use(answerHealth(health));
  app.use(guard(parts));
  const router = routerOf(parts);
  app.use(router.routes()).use(router.allowedMethods());
  const handle = app.callback();
  return {
    handlerOf: (door) => (request, response) => {
      doors.set(request, door);
      void handle(request, response);
    },
    stop: () => void (isStopping = true),
  };
}

/** Never used: each request is given its door. It is one at which nobody may ask. */
const strangeDoor: Door = { kind: 'tcp', scheme: 'http', isForProxies: true };

/** Turns what is thrown into an answer, which tells nothing of an error that nobody expected. */
function refusals({ log, context: { console } }: Parts): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw nothingHere();
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.error === 'server_error')
        log.count(`failed: ${failureOf(refusal.cause ?? refusal, console).message}`);
      answerRefusal(ctx, refusal, (text) => console.asStarted(text));
    }
  };
}

function nothingHere(): Refusal {
  return new Refusal(404, 'invalid_request', 'nothing is served here');
}

function guard({ options, log, metrics, doorOf }: Parts): Middleware {
  return async (ctx, next) => {
    const objection = objectionTo(ctx.req, doorOf(ctx), options);
    if (objection === undefined) {
      await next();
      return;
    }
    const use = { client: '', environment: '', outcome: `refused: ${objection}` };
    log.note(use);
    metrics.note({ ...use, outcome: 'refused' });
    throw new Refusal(403, 'invalid_request', objection);
  };
}
