import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a token endpoint may do when a token is redeemed for a second time in its grace period. Which one Xero does, it does
 * not say: both successors live; only the newest lives, and nothing that came of the other; the same successor again.
 */
export const opinions = ['both', 'newest', 'same'] as const;
export type Opinion = (typeof opinions)[number];

/** A token endpoint for many connections, which loses some of its answers. */
export interface Provider {
  readonly url: string;
  /** The first refresh token of a connection. */
  issue(connection: string): string;
  /** The share of answers that are lost after the token was spent. */
  loses(share: number): void;
  readonly redemptions: () => number;
  /** From now on no token that was spent until now is taken again. */
  endGrace(): void;
  close(): Promise<void>;
}

interface Token {
  readonly connection: string;
  readonly successors: string[];
  state: 'live' | 'spent' | 'revoked';
}

export async function startProvider(opinion: Opinion, random: () => number): Promise<Provider> {
  const tokens = new Map<string, Token>();
  let [made, redemptions, lossShare] = [0, 0, 0];
  const issue = (connection: string): string => {
    const token = `${connection}.${++made}`;
    tokens.set(token, { connection, successors: [], state: 'live' });
    return token;
  };
  const revoke = (token: string): void => {
    const found = tokens.get(token);
    if (found === undefined) return;
    found.state = 'revoked';
    found.successors.forEach(revoke);
  };
  const redeem = (sent: string): string | undefined => {
    const token = tokens.get(sent);
    if (token === undefined || token.state === 'revoked') return undefined;
    const [first] = token.successors;
    if (first !== undefined && opinion === 'same') return first;
    if (opinion === 'newest') token.successors.forEach(revoke);
    token.state = 'spent';
    const successor = issue(token.connection);
    token.successors.push(successor);
    return successor;
  };
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      redemptions += 1;
      const sent = new URLSearchParams(body).get('refresh_token') ?? '';
      const successor = redeem(sent);
      const answer = (): void => {
        if (random() < lossShare) return void request.socket.destroy();
        const status = successor === undefined ? 400 : 200;
        const content = successor === undefined ? { error: 'invalid_grant' } : setOf(sent, successor);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
      };
      setTimeout(answer, random() * 40);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/connect/token`,
    issue,
    loses: (share) => void (lossShare = share),
    redemptions: () => redemptions,
    endGrace: () => {
      for (const token of tokens.values()) if (token.state === 'spent') token.state = 'revoked';
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

/** Its access token says when it was issued, in fractions of a second: these runs last seconds, not months. */
function setOf(sent: string, successor: string): object {
  const [connection] = sent.split('.');
  const claims = { iat: Date.now() / 1000, exp: Date.now() / 1000 + 1800, authentication_event_id: connection };
  const encoded = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return {
    access_token: `${encoded.join('.')}.${successor}`,
    refresh_token: successor,
    expires_in: 1800,
    token_type: 'Bearer',
  };
}
