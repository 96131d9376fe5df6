import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server treats an environment, which is told by its number in everything that it sends. */
export type Treatment = 'grant' | 'error' | 'dead' | 'hang up' | 'refuse';

export interface CanaryServer {
  readonly url: string;
  /** What was seen of one environment in the request of another: nothing, if all is well. */
  readonly crossed: string[];
  /** How often each environment was answered with tokens. */
  readonly grants: Map<number, number>;
  /** The number of the environment that a token was made for, if it is still good: the newest, or one lost on its way. */
  accepts(refreshToken: string): number | undefined;
  /** The newest refresh token of each environment, by its number. */
  newest(): [number, string][];
  treat(treatmentOf: (environment: number) => Treatment): void;
  /** How long requests wait for their answers from now on; asked when one has arrived. */
  delay(latencyMs: () => number): void;
  close(): Promise<void>;
}

/**
 * A token endpoint for a fleet: every value of environment 17 ends in `#17`, and so does every token that it is given.
 * A used token is taken again, as in Xero's grace. `padding` makes access tokens as long as Xero's.
 */
export async function startCanaryServer(latencyMs: number, padding = ''): Promise<CanaryServer> {
  const crossed: string[] = [];
  const grants = new Map<number, number>();
  const newest = new Map<number, string>();
  let treatmentOf: (environment: number) => Treatment = () => 'grant';
  let latency = (): number => latencyMs;
  const answer = (request: http.IncomingMessage, response: http.ServerResponse, body: string): void => {
    const { authorization, cookie = '' } = request.headers;
    const sent = `${authorization ? basicOf(authorization) : ''} ${decodeURIComponent(body)} ${cookie}`;
    const numbers = new Set([...sent.matchAll(/#(\d+)#/g)].map((match) => Number(match[1])));
    const [number = -1] = numbers;
    if (numbers.size !== 1) crossed.push([...numbers].join(' and '));
    const treatment = treatmentOf(number);
    if (treatment === 'hang up') return void request.socket.destroy();
    const status = { grant: 200, error: 503, dead: 400, refuse: 400 }[treatment];
    const refusal = { error: treatment === 'dead' ? 'invalid_grant' : 'invalid_client' };
    const tokens = treatment === 'grant' ? grant(number) : refusal;
    const headers = { 'content-type': 'application/json', 'set-cookie': `session=#${number}#` };
    response.writeHead(status, headers).end(JSON.stringify(tokens));
  };
  const grant = (number: number): object => {
    const count = (grants.get(number) ?? 0) + 1;
    grants.set(number, count);
    newest.set(number, `rt-${count}-#${number}#`);
    const accessToken = `at-${count}-#${number}#${padding}`;
    return { access_token: accessToken, refresh_token: newest.get(number), expires_in: 1800, token_type: 'Bearer' };
  };
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => void setTimeout(answer, latency(), request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    crossed,
    grants,
    newest: () => [...newest],
    accepts: (refreshToken) => [...newest].find(([, token]) => token === refreshToken)?.[0],
    treat: (next) => void (treatmentOf = next),
    delay: (next) => void (latency = next),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

function basicOf(authorization: string): string {
  return Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
}
