import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Certificate } from './certificates';

export interface TlsFront {
  readonly port: number;
  /** What came out of TLS, all connections together: empty as long as no client has sent a byte. */
  received(): string;
  close(): Promise<void>;
}

/** TLS before a server that speaks plain HTTP on a port of this machine. */
export async function startTlsFront(certificate: Certificate, portBehind: number): Promise<TlsFront> {
  let received = '';
  const open = new Set<net.Socket>();
  const server = tls.createServer({ ...certificate }, (socket) => {
    const behind = net.connect(portBehind, '127.0.0.1');
    for (const end of [socket, behind]) end.on('error', () => undefined);
    open.add(socket).add(behind);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.pipe(behind).pipe(socket);
  });
  server.on('connection', (socket: net.Socket) => open.add(socket)); // with the handshake still to come
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
