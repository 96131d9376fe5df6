import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExpectedRequests } from './expected-requests';
import { arrivedBody, type RawRequest } from './raw-exchange';

/** Answers with what was recorded, on loopback only. */
export interface ReplayServer {
  readonly url: string;
  /** From now on these requests are expected. */
  expect(requests: ExpectedRequests): void;
  close(): Promise<void>;
}

export async function startReplayServer(now: () => Date): Promise<ReplayServer> {
  let expected: ExpectedRequests | undefined;
  let url = '';
  const server = createServer((request, response) => {
    void readRequest(request, url).then((came) => {
      const reply = expected?.meet(came, now()) ?? 'cut';
      if (reply === 'cut') request.socket.destroy();
      else send(response, reply.status, reply.headers, reply.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  return {
    url,
    expect: (requests) => void (expected = requests),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(request: IncomingMessage, url: string): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  const { method = '', headers } = request;
  const single = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const body = arrivedBody(Buffer.concat(chunks).toString(), headers['content-type']);
  return { method, url: `${url}${request.url ?? ''}`, headers: new Map(single), body };
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status).end(text);
}
