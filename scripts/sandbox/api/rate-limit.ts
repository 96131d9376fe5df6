import type { Context } from 'koa';

/** How often one app may call one organisation, in fixed windows (https://developer.xero.com limits page). */
const limits = [
  { problem: 'minute', windowMs: 60_000, calls: 60, header: 'X-MinLimit-Remaining' },
  { problem: 'day', windowMs: 86_400_000, calls: 5_000, header: 'X-DayLimit-Remaining' },
] as const;

const appMinuteCalls = 10_000;

interface Window {
  startedAtMs: number;
  calls: number;
}

/** Counts an app's calls to an organisation. When a limit is exceeded, it answers 429 itself and returns `over`. */
export type RateLimiter = (ctx: Context, clientId: string, tenantId: string) => 'within' | 'over';

export function makeRateLimiter(): RateLimiter {
  const windows = new Map<string, Window>();
  return (ctx, clientId, tenantId) => {
    countApp(windows, ctx, clientId);
    for (const limit of limits) {
      const window = count(windows, `${clientId} ${tenantId} ${limit.problem}`, limit.windowMs);
      ctx.set(limit.header, String(Math.max(0, limit.calls - window.calls)));
      if (window.calls <= limit.calls) continue;
      refuse(ctx, limit.problem, window.startedAtMs + limit.windowMs - Date.now());
      return 'over';
    }
    return 'within';
  };
}

function countApp(windows: Map<string, Window>, ctx: Context, clientId: string): void {
  const { calls } = count(windows, clientId, 60_000);
  ctx.set('X-AppMinLimit-Remaining', String(Math.max(0, appMinuteCalls - calls)));
}

function count(windows: Map<string, Window>, key: string, windowMs: number): Window {
  const startedAtMs = Math.floor(Date.now() / windowMs) * windowMs;
  const existing = windows.get(key);
  const window = existing?.startedAtMs === startedAtMs ? existing : { startedAtMs, calls: 0 };
  window.calls += 1;
  windows.set(key, window);
  return window;
}

function refuse(ctx: Context, problem: string, waitMs: number): void {
  ctx.status = 429;
  ctx.set('X-Rate-Limit-Problem', problem);
  ctx.set('Retry-After', String(Math.ceil(waitMs / 1000)));
  ctx.body = '';
}
