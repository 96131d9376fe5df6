import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort, nobody } from './postgres';

/** A pooler in front of the databases of a server. */
export interface PgBouncer {
  /** The URL by which a database of the server is reached through it. */
  through(url: string): string;
  remove(): Promise<void>;
}

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((file) =>
  fs.existsSync(file),
);

/** Why there can be no pooler here; undefined where there can. */
export function whyNoPgBouncer(): string | undefined {
  return program === undefined ? 'PgBouncer is not installed' : undefined;
}

/** Starts PgBouncer in transaction mode, which gives each statement whatever connection to the server is free. */
export async function startPgBouncer(server: string): Promise<PgBouncer> {
  if (program === undefined) throw new Error('PgBouncer is not installed: apt-get install pgbouncer');
  const { port, username } = new URL(server);
  const own = await freePort();
  const folder = fs.mkdtempSync('/tmp/evergrant-pgbouncer-');
  const settings = path.join(folder, 'pgbouncer.ini');
  const users = path.join(folder, 'users.txt');
  fs.writeFileSync(users, `"${username}" ""\n`);
  fs.writeFileSync(
    settings,
    [
      '[databases]',
      `* = host=127.0.0.1 port=${port}`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1`,
      `listen_port = ${own}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      'default_pool_size = 3',
      'max_client_conn = 400',
      '',
    ].join('\n'),
  );
  if (nobody.uid !== undefined) for (const one of [folder, settings, users]) fs.chownSync(one, nobody.uid, nobody.gid);
  const child = spawn(program, [settings], { ...nobody, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(() => true);
  for (;;) {
    if (await Promise.race([answers(own), ended.then(() => undefined)])) break;
    if (child.exitCode !== null) throw new Error(`the pooler did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    through: (url) => url.replace(`:${port}/`, `:${own}/`),
    remove: async () => {
      child.kill();
      await ended;
      fs.rmSync(folder, { recursive: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const end = (isThere: boolean): void => (socket.destroy(), resolve(isThere));
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}
