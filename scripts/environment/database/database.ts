import os from 'node:os';
import type { Pool } from 'pg';
import { Failure, systemCode } from '../../errors';
import { pg } from './node-postgres';
import { passwordInFile, type Login } from './password-file';
import { settingsIn, type Settings } from './url';
import { failureOf, isReadOnly, readOnly, stateOf } from './wire/refusals';
import { isWithoutTlsToo, PreferringClient, tlsOf } from './wire/tls';

/** A PostgreSQL database. Each statement is committed on its own: nothing is held between two of them. */
export interface Database {
  /** The place as a person would name it: host and database, no password. */
  readonly where: string;
  /** This process, for leases: host, process and a random part. */
  readonly owner: string;
  /**
   * Runs one statement and returns its rows. Statements have no name, so that a pooler in transaction mode can pass them.
   * It is given up after ten seconds, or `limitMs`.
   * @throws Failure `temporary_failure` when the database does not answer, `invalid` when it refuses this user
   */
  query(text: string, values?: readonly unknown[], limitMs?: number): Promise<readonly Row[]>;
  /** How many connections have ended that this process had; one that was idle for long counts, too. */
  lostConnections(): number;
  /** Ends the connections that are idle, for who asks again only after a while: a server has few for all its clients. */
  rest(): void;
  close(): Promise<void>;
}

/** A row as node-postgres returns it. */
export type Row = Readonly<Record<string, unknown>>;

const [connectLimitMs, statementLimitMs] = [5_000, 10_000];

/** How long to wait for a server that has no connection free, as when a hundred processes start at once. */
const fullLimitMs = 60_000;
const [shortestPauseMs, longestPauseMs] = [50, 3000];

/** Opens a database lazily: no connection is made before the first statement. @throws Failure `invalid` */
export function openDatabase(url: string, where: string, connections = 4, secrets: Set<string> = new Set()): Database {
  let lost = 0;
  let settings = settingsIn(url);
  const newPool = (): Pool => {
    const made = poolOf(settings, connections, (login) => passwordInFile(login, where, secrets));
    made.on('error', () => undefined); // an idle connection ended; the next statement opens another
    made.on('remove', () => (lost += made === pool ? 1 : 0)); // those of a pool that was left are not lost
    return made;
  };
  let pool: Pool = newPool();
  const leaveTls = (refused: Pool): boolean => {
    if (refused !== pool) return true; // another statement has done so meanwhile
    if (!isWithoutTlsToo(settings)) return false;
    settings = { ...settings, sslmode: 'disable' };
    pool = newPool();
    return true;
  };
  return {
    where,
    lostConnections: () => lost,
    owner: `${os.hostname()}:${process.pid}:${Math.random().toString(36).slice(2, 10)}`,
    query: async (text, values = [], limitMs = statementLimitMs) => {
      const statement = { text, values: [...values], query_timeout: limitMs };
      const deadline = performance.now() + fullLimitMs;
      for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        const asked = pool;
        try {
          return (await asked.query<Row>(statement)).rows;
        } catch (error) {
          if (isTlsRefused(error) && leaveTls(asked)) continue;
          if (isReadOnly(error)) throw readOnly(where, await isReplica(pool), error);
          if (!(isFull(error) || isVictim(error)) || performance.now() + pauseMs > deadline) {
            throw failureOf(error, where, loginOf(settings).database);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
      }
    },
    rest: () => {
      if (pool.totalCount === 0 || pool.totalCount > pool.idleCount) return;
      void pool.end();
      pool = newPool();
    },
    close: () => pool.end(),
  };
}

function poolOf(settings: Settings, connections: number, passwordFor: (login: Login) => Promise<string>): Pool {
  const login = loginOf(settings);
  return new pg.Pool({
    ...login,
    ssl: tlsOf(settings),
    ...(isWithoutTlsToo(settings) ? { Client: PreferringClient } : {}),
    application_name: settings.application_name,
    password: settings.password ?? (() => passwordFor(login)),
    max: connections,
    connectionTimeoutMillis: connectLimitMs,
    query_timeout: statementLimitMs,
    keepAlive: true,
    allowExitOnIdle: true,
  });
}

/** A server that does not say is taken for one: it may be about to become a primary. */
async function isReplica(pool: Pool): Promise<boolean> {
  try {
    const { rows } = await pool.query<Row>('select pg_is_in_recovery() as is_replica');
    return rows[0]?.['is_replica'] === true;
  } catch {
    return true;
  }
}

function loginOf({ host = 'localhost', port = '5432', user, dbname }: Settings): Login {
  const name = user ?? os.userInfo().username;
  return { host, port: Number(port), user: name, database: dbname ?? name };
}

/** Whether TLS can't be agreed on, or the server lets this user in without it only. */
function isTlsRefused(error: unknown): boolean {
  return stateOf(error) === '28000' || /^(EPROTO|ERR_SSL_)/.test(systemCode(error) ?? '');
}

/**
 * Whether a server or a pooler has no connection free, is about to start, or is slow to take one: no statement has reached
 * it. PgBouncer has no SQLSTATE of its own for that, nor has node-postgres.
 */
function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (['53300', '57P03'].includes(stateOf(error))) return true;
  return /no more connections allowed|due to connection timeout|timeout exceeded when trying to connect/.test(
    error.message,
  );
}

/** Whether a statement was ended so that another can go on; it has changed nothing then. */
function isVictim(error: unknown): boolean {
  return ['40P01', '40001'].includes(stateOf(error));
}

/** Whether a statement got no lock in the time that it had for that. */
export function isLockedOut(error: unknown): boolean {
  return stateOf(error instanceof Failure ? error.cause : error) === '55P03';
}
