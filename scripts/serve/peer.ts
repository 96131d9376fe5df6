import type { Context } from 'koa';
import type { Client } from '../environment/client';
import { clientAddress, type TrustedProxies } from '../consent/server/client-address';
import { Tally } from '../consent/server/tally';
import type { ClientDesk, Credentials } from './client-desk';
import { isForwarded, type Door } from './guards';
import { tooMany, unknownClient } from './refusal';
import { basicCredentials } from './token-request';

/** Who asks, and the environments that they may have tokens of and know about; null for all. */
export interface Peer {
  /** For the log and the metrics. */
  readonly client: string;
  readonly environments: readonly string[] | null;
}

/** Whoever may connect to the unix socket, without saying who they are. No client has such an id. */
const onSocket: Peer = { client: '(socket)', environments: null };

/** Tells who asks. */
export interface PeerDesk {
  /** The client of these credentials. @throws Refusal `invalid_client`, the same for all reasons */
  client(credentials: Credentials | undefined, ctx: Context): Promise<Client>;
  /**
   * Who asks at the plain door: a client by HTTP Basic, or whoever may use the socket, but for those for whom a proxy
   * uses it. @throws Refusal
   */
  peer(ctx: Context, door: Door): Promise<Peer>;
}

/** Wrong credentials of one address are many only when a program is wrong, or guesses. */
const limits = { perMinute: 60, keys: 10_000 };

/**
 * Only failures are counted, by address: somebody who guesses is answered slowly, and a client with the right secret is
 * never refused for what others do. The socket has one address for all, and its file says who may guess there.
 */
export function peerDesk(clients: ClientDesk, trusted: TrustedProxies | undefined): PeerDesk {
  const failures = new Tally(limits, () => performance.now());
  const client: PeerDesk['client'] = async (credentials, ctx) => {
    const found = credentials === undefined ? undefined : await clients.authenticate(credentials);
    if (found !== undefined) return found;
    if (failures.isTooMany(clientAddress(ctx.req, trusted))) throw tooMany('too many failed authentications', 60);
    throw unknownClient();
  };
  return {
    client,
    peer: async (ctx, door) => {
      const authorization = ctx.get('authorization');
      if (authorization === '' && door.kind === 'socket' && !isForwarded(ctx.req)) return onSocket;
      const { id, environments } = await client(basicCredentials(authorization), ctx);
      return { client: id, environments };
    },
  };
}
