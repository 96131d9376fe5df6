import { startCanaryServer } from '../support/servers/canary-server';

/** What the server says when it is asked: whether anything crossed, and the newest refresh token of each environment. */
export interface ServerReport {
  readonly crossed: readonly string[];
  readonly newest: readonly (readonly [number, string])[];
}

/** A bare answering server in a process of its own; its access tokens are as long as Xero's. */
void startCanaryServer(Number(process.argv[2]), 'x'.repeat(1200)).then((server) => {
  process.on('message', () =>
    process.send?.({ crossed: server.crossed, newest: server.newest() } satisfies ServerReport),
  );
  process.on('disconnect', () => process.exit());
  process.send?.(server.url);
});
