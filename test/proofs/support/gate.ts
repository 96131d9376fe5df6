import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way to a server that can be closed: who comes then is refused, as by a machine on which nothing runs. */
export interface Gate {
  readonly port: number;
  /** How many connections have come through so far. */
  passed(): number;
  open(): Promise<void>;
  close(): Promise<void>;
}

export async function gateTo(targetPort: number): Promise<Gate> {
  const sockets = new Set<net.Socket>();
  let passed = 0;
  const server = net.createServer((client) => {
    passed += 1;
    const target = net.connect(targetPort, '127.0.0.1');
    join(client, target, sockets);
    join(target, client, sockets);
  });
  const port = await listen(server, 0);
  return {
    port,
    passed: () => passed,
    open: async () => {
      if (!server.listening) await listen(server, port);
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function join(one: net.Socket, other: net.Socket, sockets: Set<net.Socket>): void {
  sockets.add(one);
  one.on('error', () => undefined).on('close', () => (sockets.delete(one), other.destroy()));
  one.pipe(other);
}

async function listen(server: net.Server, port: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as net.AddressInfo).port; // it listens on TCP
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(50); // another connection of this machine has the port for a moment
    }
  }
}
