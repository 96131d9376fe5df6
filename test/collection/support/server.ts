import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

type Asked = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
/** `silent`: never an answer, `gone`: the connection ends instead. */
export type Answer = { status: number; headers?: Record<string, string>; body?: unknown } | 'silent' | 'gone';

/** Gives every request the next answer, the last one again and again, and remembers what it was asked. */
export type Server = {
  readonly url: string;
  readonly asked: Asked[];
  answer(...answers: Answer[]): void;
  close(): Promise<void>;
};

export async function startServer(): Promise<Server> {
  const asked: Asked[] = [];
  let queue: Answer[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 500 };
      if (answer === 'silent') return;
      if (answer === 'gone') return void request.socket.destroy();
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
      const type = typeof answer.body === 'string' ? 'text/html' : 'application/json';
      response.writeHead(answer.status, { 'Content-Type': type, ...answer.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(...answers) {
      asked.length = 0;
      queue = answers;
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
