import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';

const titles = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' } as const;

/** Refuses an API call as Xero words it. */
export function refuseCall(ctx: Context, status: keyof typeof titles, detail: string): void {
  ctx.status = status;
  ctx.body = {
    Type: null,
    Title: titles[status],
    Status: status,
    Detail: detail,
    Instance: randomUUID(),
    Extensions: {},
  };
}

/** `TokenExpired: token expired at 04/09/2023 05:16:59`, in UTC, month first. */
export function expiryDetail(expiredAt: Date): string {
  const [date = '', time = ''] = expiredAt.toISOString().slice(0, 19).split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `TokenExpired: token expired at ${month}/${day}/${year} ${time}`;
}
