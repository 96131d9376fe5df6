import type { Context, Middleware } from 'koa';
import { fingerprint } from '../../text/fingerprint';
import { clientOf, field, type ClientAuth } from './form';

/** `lost`: the connection was cut before the answer; `half`: it was cut in the middle of the answer. */
export type Outcome = 'answered' | 'lost' | 'half';

/** One request to the sandbox. Tokens and codes are given as fingerprints. */
export interface LogEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly clientAuth: ClientAuth;
  readonly clientId?: string | undefined;
  readonly grantType?: string | undefined;
  readonly token?: string | undefined;
  status: number | null;
  outcome: Outcome;
  redeemed: boolean;
  fault?: string;
  issued?: string;
  error?: string;
}

const longestLog = 100_000;

/** Records every request in the order of arrival, also one that gets no answer. */
export function logRequests(log: LogEntry[]): Middleware {
  return async (ctx, next) => {
    const entry = makeEntry(ctx);
    entries.set(ctx, entry);
    log.push(entry);
    if (log.length > longestLog) log.shift();
    try {
      await next();
    } finally {
      if (entry.outcome !== 'lost') entry.status = ctx.status;
    }
  };
}

const entries = new WeakMap<Context, LogEntry>();

/** The log entry of a request. */
export function entryOf(ctx: Context): LogEntry | undefined {
  return entries.get(ctx);
}

function makeEntry(ctx: Context): LogEntry {
  const { clientAuth, clientId } = clientOf(ctx);
  const grantType = field(ctx, 'grant_type');
  const presented = field(ctx, 'refresh_token') ?? field(ctx, 'code') ?? field(ctx, 'token');
  return {
    at: new Date().toISOString(),
    method: ctx.method,
    path: ctx.path,
    clientAuth,
    clientId,
    grantType,
    token: presented === undefined ? undefined : fingerprint(presented),
    status: null,
    outcome: 'answered',
    redeemed: false,
  };
}
