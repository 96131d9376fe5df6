import type { Context, Middleware } from 'koa';
import { fingerprint } from '../../text/fingerprint';
import { clientOf, field, type ClientAuth } from './form';

/** `lost`: the connection was cut with no answer; `half`: in the middle of one. */
export type Outcome = 'answered' | 'lost' | 'half';

/** One thing the sandbox was asked. Tokens and codes appear as fingerprints only. */
export interface LogEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly clientAuth: ClientAuth;
  readonly clientId?: string;
  readonly grantType?: string;
  readonly token?: string;
  status: number | null;
  outcome: Outcome;
  redeemed: boolean;
  fault?: string;
  issued?: string;
  error?: string;
}

const longestLog = 100_000;

/** Writes down every request in the order of arrival, also those that are never answered. */
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

/** The entry of the request at hand. */
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
    ...(clientId === undefined ? {} : { clientId }),
    ...(grantType === undefined ? {} : { grantType }),
    ...(presented === undefined ? {} : { token: fingerprint(presented) }),
    status: null,
    outcome: 'answered',
    redeemed: false,
  };
}
