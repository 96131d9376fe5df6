import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Context } from 'koa';
import { isLoopback } from '../http/loopback';

/** What came of a request that was sent on: an answer, or none because the connection was cut. */
type Received = { readonly line: 'cut' } | { readonly line: 'good'; readonly status: number; readonly body: string };

/**
 * `/sandbox/line?to=ADDRESS`: sends the request on to an address of this sandbox, over a connection of its own, and says as
 * JSON what came back. A fault cuts that connection, and not the one of the program that asks: plain Newman counts a
 * connection that is cut as a failure of its run, whatever the tests say.
 */
export async function playLine(ctx: Context): Promise<void> {
  const to = new URLSearchParams(ctx.querystring).get('to') ?? '';
  const own = `http://${ctx.host}`;
  const address = URL.canParse(to, own) ? new URL(to, own).href : to;
  if (!isOwnAddress(address, ctx.host)) throw new RangeError('to: leads to another server than this sandbox');
  ctx.body = await sendOn(address, ctx);
}

function sendOn(address: string, { method, req }: Context): Promise<Received> {
  return new Promise((resolve) => {
    const cut = (): void => resolve({ line: 'cut' });
    const onward = request(address, { method, headers: req.headers, agent: false }, (answer) => {
      const { statusCode: status = 0 } = answer;
      text(answer).then((body) => resolve({ line: 'good', status, body }), cut);
    });
    onward.on('error', cut);
    req.pipe(onward);
  });
}

/** Whether an address is one of the sandbox that is asked under this host. */
export function isOwnAddress(address: string, ownHost: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, port, hostname } = new URL(address);
  return protocol === 'http:' && port === ownHost.split(':').at(-1) && isLoopback(hostname);
}
