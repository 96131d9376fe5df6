import net, { type AddressInfo, type Socket } from 'node:net';

/** A server of bytes: what it says is no HTTP unless the test makes it so. */
export interface RawServer {
  readonly port: number;
  /** What clients have sent, one text for each connection. */
  readonly received: string[];
  close(): Promise<void>;
}

/** Calls `answer` once for each connection, as soon as a whole head of a request is here. */
export async function startRawServer(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  const received: string[] = [];
  const open = new Set<Socket>();
  const server = net.createServer((socket) => {
    const index = received.push('') - 1;
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      const before = received[index] ?? '';
      received[index] = before + chunk.toString('latin1');
      if (!before.includes('\r\n\r\n') && received[index].includes('\r\n\r\n')) answer(socket, received[index]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Writes the same again and again, as fast as it is read or with a pause, until the reader has gone. */
export function writeForEver(socket: Socket, chunk: Buffer | string, pauseMs = 0): void {
  const next = (): void => {
    if (socket.destroyed) return;
    if (pauseMs > 0) socket.write(chunk, () => void setTimeout(next, pauseMs));
    else if (socket.write(chunk)) setImmediate(next);
    else socket.once('drain', next);
  };
  next();
}
