import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** A PostgreSQL server of this test's own. */
export interface PostgresServer {
  /** The URL of a new, empty database. */
  database(): string;
  /** Makes a user who must give this password and may what an evergrant worker may; returns the URL with both. */
  worker(url: string, name: string, password: string): string;
  /** The same for one who may only look. */
  reader(url: string, name: string, password: string): string;
  /** All that the server has logged. */
  log(): string;
  /** Runs SQL as its administrator and returns what psql prints. */
  sql(url: string, text: string): string;
  /** A database as SQL, as `pg_dump` writes it. */
  dump(url: string): string;
  restart(how: 'fast' | 'immediate'): Promise<void>;
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /**
   * Another server with a copy of this one's files, as `pg_basebackup` makes it: a replica that follows until it is
   * promoted, or a backup that is started by itself. The path of its `url` says which database.
   */
  copy(kind: 'replica' | 'backup'): Promise<CopiedServer>;
  remove(): Promise<void>;
}

/** A server made of another one's files. */
interface CopiedServer extends PostgresServer {
  /** The URL of the database that another server has under its URL. */
  at(url: string): string;
  /** From now on it receives nothing more from the primary. */
  lag(): void;
  promote(): void;
}

/** Why there can be no server here; undefined where there can. Debian keeps its programs out of the PATH. */
export function whyNoPostgres(): string | undefined {
  return binaries() === undefined ? 'PostgreSQL is not installed' : undefined;
}

function binaries(): string | undefined {
  const versions = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql') : [];
  const folders = versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  return [...folders, '/usr/bin', '/usr/local/bin'].find((folder) => fs.existsSync(path.join(folder, 'initdb')));
}

/** Root may not run a server; it gives it to the user that nothing belongs to. */
export const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Starts a server in a folder of its own, with a new database cluster; `settings` as in postgresql.conf. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = { fsync: 'off' },
): Promise<PostgresServer> {
  const { bin, folder, data, run } = newFolder();
  run('initdb', ['--pgdata', data, '--username', 'admin', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync']);
  return await serverIn({ bin, folder, data, run }, settings);
}

/** A folder for a server, and its programs. */
interface Place {
  readonly bin: string;
  readonly folder: string;
  readonly data: string;
  run(program: string, args: readonly string[]): string;
}

function newFolder(): Place {
  const bin = binaries();
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const folder = fs.mkdtempSync('/tmp/evergrant-postgres-'); // a socket's path may have 107 bytes
  if (nobody.uid !== undefined) fs.chownSync(folder, nobody.uid, nobody.gid);
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(path.join(bin, program), args, {
      ...nobody,
      cwd: folder,
      encoding: 'utf8',
      env: { LC_ALL: 'C', PGTZ: 'UTC' },
    });
  return { bin, folder, data: path.join(folder, 'data'), run };
}

/** Starts a server on the files in its folder. */
async function serverIn(
  { bin, folder, data, run }: Place,
  settings: Readonly<Record<string, string>>,
): Promise<PostgresServer & { readonly port: number }> {
  const port = await freePort();
  const options = Object.entries({
    ...settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
  });
  fs.appendFileSync(
    path.join(data, 'postgresql.conf'),
    options.map(([name, value]) => `${name} = '${value}'\n`).join(''),
  );
  let databases = 0;
  const url = (name: string): string => `postgres://admin@127.0.0.1:${port}/${name}`;
  const sql = (place: string, text: string): string => run('psql', ['--no-psqlrc', '-qAtX', '-d', place, '-c', text]);
  const start = async (): Promise<void> => {
    const args = ['start', '--pgdata', data, '--log', path.join(folder, 'log'), '--wait', '--silent'];
    const child = spawn(path.join(bin, 'pg_ctl'), args, { ...nobody, cwd: folder, stdio: 'ignore' });
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    if (code !== 0) throw new Error(`the server did not start: ${fs.readFileSync(path.join(folder, 'log'), 'utf8')}`);
  };
  const stop = async (how: 'fast' | 'immediate' = 'immediate'): Promise<void> => {
    run('pg_ctl', ['stop', '--pgdata', data, '--mode', how, '--wait', '--silent']);
  };
  const login = (place: string, name: string, password: string, role: string): string => {
    sql(place, `create role ${name} login password '${password.replaceAll("'", "''")}' in role ${role}`);
    const rules = path.join(data, 'pg_hba.conf');
    fs.writeFileSync(rules, `host all ${name} 127.0.0.1/32 scram-sha-256\n${fs.readFileSync(rules, 'utf8')}`);
    sql(place, 'select pg_reload_conf()');
    return place.replace('admin@', `${name}:${encodeURIComponent(password)}@`);
  };
  await start();
  return {
    port,
    database: () => {
      const name = `test${++databases}`;
      sql(url('postgres'), `create database ${name}`);
      return url(name);
    },
    worker: (place, name, password) => login(place, name, password, 'evergrant_worker'),
    reader: (place, name, password) => login(place, name, password, 'evergrant_reader'),
    log: () => fs.readFileSync(path.join(folder, 'log'), 'utf8'),
    sql,
    dump: (place) => run('pg_dump', ['--dbname', place]),
    start,
    stop,
    restart: async (how) => {
      await stop(how);
      await start();
    },
    copy: async (kind) => {
      const place = newFolder();
      const primary = `host=127.0.0.1 port=${port} user=admin`;
      const follows = kind === 'replica' ? ['--write-recovery-conf'] : [];
      const args = ['--pgdata', place.data, '--dbname', primary, '--checkpoint', 'fast', '--no-sync', ...follows];
      run('pg_basebackup', args);
      const server = await serverIn(place, settings);
      const own = `postgres://admin@127.0.0.1:${server.port}/postgres`;
      return {
        ...server,
        at: (other) => other.replace(/:\d+\//, `:${server.port}/`),
        lag: () => {
          server.sql(own, "alter system set primary_conninfo = ''");
          server.sql(own, 'select pg_reload_conf()');
        },
        promote: () => void place.run('pg_ctl', ['promote', '--pgdata', place.data, '--wait', '--silent']),
      };
    },
    remove: async () => {
      await stop().catch(() => undefined); // it may have been stopped
      fs.rmSync(folder, { recursive: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo; // it listens on a port
  await new Promise((resolve) => server.close(resolve));
  return port;
}
