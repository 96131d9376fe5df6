import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Certificate } from './certificates';

/** What a proxy does with a client that asks for a tunnel. */
export type Manner = (client: Socket) => void;

export interface ProxyServer {
  readonly port: number;
  /** Every request that it was sent: method, target, and its credentials. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** A proxy on this machine, with TLS of its own where it has a certificate. Ends with a response to plain requests. */
export async function startProxy(manner: Manner, certificate?: Certificate): Promise<ProxyServer> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const note = ({ method, url, headers }: http.IncomingMessage): void => {
    const basic = (headers['proxy-authorization'] ?? '').replace(/^Basic /, '');
    asked.push([method, url, Buffer.from(basic, 'base64').toString()].filter(Boolean).join(' '));
  };
  const server = certificate === undefined ? http.createServer() : https.createServer({ ...certificate });
  server.on('connection', (socket: Socket) => open.add(socket.on('error', () => undefined)));
  server.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    note(request);
    socket.on('error', () => undefined);
    manner(socket);
  });
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    note(request);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Whatever host is asked for, it is this port of this machine. */
export function tunnelTo(port: number): Manner {
  return (client) => {
    const behind = net.connect(port, '127.0.0.1');
    behind.on('error', () => client.destroy());
    behind.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(behind).pipe(client);
    });
  };
}

export function refuseWith(status: number, ...headers: string[]): Manner {
  const body = '<html>not here</html>';
  const lines = [`HTTP/1.1 ${status} No`, 'content-type: text/html', `content-length: ${body.length}`, ...headers];
  return (client) => void client.end([...lines, '', body].join('\r\n'));
}
