import { once } from 'node:events';
import net from 'node:net';

/** What happens on the way to a server: all passes, nobody answers, or nobody is there. */
type Way = 'open' | 'silent' | 'refused';

/** A way to a server, which can be closed. */
export interface Gate {
  readonly port: number;
  /** Connections that are there are cut. */
  set(way: Way): Promise<void>;
  close(): Promise<void>;
}

/** Makes a way to a port of this machine. */
export async function makeGate(target: number): Promise<Gate> {
  const sockets = new Set<net.Socket>();
  let way: Way = 'open';
  const keep = (socket: net.Socket): net.Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = net.createServer((socket) => {
    keep(socket);
    if (way !== 'open') return;
    const beyond = keep(net.connect(target, '127.0.0.1'));
    socket.pipe(beyond).pipe(socket);
    socket.on('close', () => beyond.destroy());
    beyond.on('close', () => socket.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port; // it listens on TCP
  };
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const port = await listen(0);
  return {
    port,
    set: async (next) => {
      way = next;
      cut();
      if (next === 'refused') await new Promise((resolve) => server.close(resolve));
      else if (!server.listening) await listen(port);
    },
    close: async () => {
      cut();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
