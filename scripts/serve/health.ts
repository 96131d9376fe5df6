import type { Middleware } from 'koa';
import { storeOf, type Context } from '../context';
import { Failure } from '../errors';
import { Fresh } from './fresh';
import type { LoopWatch } from './loop-watch';
import { outlastingOutages } from './outage';

/** How the server is, for whoever supervises it. */
export interface Health {
  /** Reads the store for the first time. @throws Failure */
  read(): Promise<void>;
  /** Why it is not ready; undefined where it is. */
  unready(): Promise<string | undefined>;
  /** Whether another process would do better. */
  isLive(): boolean;
  /** Whether the store answered when it was last looked at. */
  isStoreThere(): Promise<boolean>;
}

/** It is ready once the store was read, and as long as something can be warm: for the time of an outage, too. */
export function healthOf(context: Context, loop: LoopWatch): Health {
  const read = async (): Promise<true> => {
    await storeOf(context).names();
    return true;
  };
  const fresh = (outlasting?: typeof outlastingOutages): Fresh<true> =>
    new Fresh(
      read,
      () => undefined,
      () => performance.now(),
      outlasting,
    );
  const [lasting, present] = [fresh(outlastingOutages), fresh()];
  return {
    read: async () => {
      await lasting.get();
    },
    unready: async () => {
      if (context.signals.isStopping()) return 'it is stopping';
      if (!(await isRead(lasting))) return 'the environments can not be read';
      return loop.isAtWork ? undefined : 'a loop is not at work';
    },
    isLive: () => loop.isAlive,
    isStoreThere: () => isRead(present),
  };
}

async function isRead(fresh: Fresh<true>): Promise<boolean> {
  try {
    return await fresh.get();
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

const paths = ['/health', '/health/live', '/health/ready'];

/** Liveness and readiness, for everybody. They tell nothing of what is in the store. */
export function answerHealth(health: Health): Middleware {
  return async (ctx, next) => {
    if (!paths.includes(ctx.path)) {
      await next();
      return;
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = 405;
      return;
    }
    const fault = ctx.path === '/health/live' ? deathOf(health) : await health.unready();
    ctx.status = fault === undefined ? 200 : 503;
    ctx.body = fault === undefined ? 'ok\n' : `not ready: ${fault}\n`;
  };
}

function deathOf(health: Health): string | undefined {
  return health.isLive() ? undefined : 'a loop has died';
}
