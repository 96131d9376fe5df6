import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';

const titles = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' } as const;

/** Refuses an API call with an answer in Xero's form. */
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

/** As in `TokenExpired: token expired at 04/09/2023 05:16:59`: the time is in UTC, and the month comes first. */
export function expiryDetail(expiredAt: Date): string {
  const [date = '', time = ''] = expiredAt.toISOString().slice(0, 19).split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `TokenExpired: token expired at ${month}/${day}/${year} ${time}`;
}
