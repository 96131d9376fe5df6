import type { AddressInfo } from 'node:net';

/** Waits on a loopback port for the browser to come back from Xero, once. */
export interface CallbackCatcher {
  readonly redirectUri: string;
  caught(): Promise<string>;
  close(): void;
}

const page =
  '<!doctype html><meta charset="utf-8"><title>evergrant</title><p>Thank you. You can close this window and go back to the terminal.';

/** `localhost`, because Xero takes no other host over http. */
export async function catchCallback(): Promise<CallbackCatcher> {
  const { default: Koa } = await import('koa');
  const app = new Koa();
  let receive: (url: string) => void;
  const callback = new Promise<string>((resolve) => (receive = resolve));
  app.use((ctx) => {
    if (ctx.method !== 'GET' || ctx.path !== '/callback') return ctx.throw(404);
    ctx.set({
      'Content-Security-Policy': "default-src 'none'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    ctx.type = 'html';
    ctx.body = page;
    return receive(ctx.href);
  });
  const server = app.listen(0, 'localhost');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const redirectUri = `http://localhost:${(server.address() as AddressInfo).port}/callback`;
  return { redirectUri, caught: () => callback, close: () => (server.close(), server.closeAllConnections()) };
}
