import { openDatabase } from '../../scripts/environment/database/database';
import { putConnection } from '../../scripts/environment/database/documents';
import { migrate } from '../../scripts/environment/database/migrate';
import { dayMs } from '../../scripts/text/duration';
import { makeMachine } from '../support/machines';
import type { PostgresServer } from '../support/postgres';
import { environmentText } from '../support/servers/xero-server';
import { cli } from './fleet';
import { measure } from './measure';
import { atMostSeconds, type Row } from './table';

/** How long the status of so many connections in a database takes, and how much memory. */
export async function measureStatus(server: PostgresServer, connections: number): Promise<Row[]> {
  const url = server.database();
  await fillMany(server, url, connections);
  const machine = makeMachine(url);
  const place = { cwd: machine.folder, variables: { EVERGRANT_STORE: url, XDG_STATE_HOME: machine.stateFolder } };
  const rows: Row[] = [];
  for (const args of statusCommands) {
    const { seconds, peakMb, code } = await measure([process.execPath, cli, 'status', ...args], place);
    if (code !== 0 && args[0] !== '--nagios') throw new Error(`status ${args.join(' ')} ended with ${code}`);
    rows.push(atMostSeconds(`status ${args.join(' ')} of ${connections}, seconds`, seconds, 5));
    rows.push({ what: '… memory', measured: `${Math.round(peakMb)} MB`, limit: '', isMet: true });
  }
  machine.remove();
  return rows;
}

const statusCommands = [
  ['--limit', '20'],
  ['--problems', '--limit', '20'],
  ['--state', 'connected', '--limit', '20'],
  ['--nagios'],
];

/** One connection made by the program itself, and copies of it made by the server, each with a last attempt. */
async function fillMany(server: PostgresServer, url: string, connections: number): Promise<void> {
  const database = openDatabase(url, 'bench', 1);
  await migrate(database);
  const claims = Buffer.from(JSON.stringify({ name: 'Ann', email: 'ann@example.com', scope })).toString('base64url');
  const access = `eyJhbGciOiJSUzI1NiJ9.${claims}.${'s'.repeat(1500)}`;
  const rows = {
    app_type: 'web',
    client_id: 'the-client',
    client_secret: 'a-secret-of-some-length',
    scopes: scope,
    access_token: access,
    refresh_token: 'r'.repeat(43),
    access_token_expires_at: new Date(Date.now() + dayMs / 60).toISOString(),
    refresh_token_expires_at: new Date(Date.now() + 59 * dayMs).toISOString(),
    generation: '7',
    grant_status: 'connected',
    tenant_id: '0b8c5c5e-4f6e-4e86-9c3b-1d4d8a2f6f01',
    tenant_name: 'Maple Bakery Limited',
    connected_at: new Date().toISOString(),
  };
  await putConnection(database, 'c0', environmentText('c0', rows));
  await database.close();
  const copies = `generate_series(1, ${connections - 1}) n`;
  const others = (table: string): string =>
    server
      .sql(
        url,
        `select string_agg(column_name, ', ' order by ordinal_position) from information_schema.columns
      where table_schema = 'evergrant' and table_name = '${table}' and column_name <> 'name'`,
      )
      .trim();
  for (const table of ['connection', 'document', 'token_set']) {
    const columns = others(table);
    server.sql(
      url,
      `insert into evergrant.${table} (name, ${columns}) select 'c' || n, ${columns} from evergrant.${table}, ${copies}`,
    );
  }
  server.sql(url, `update evergrant.connection set grant_status = 'consent_needed' where name like 'c%7777'`);
  const entry = JSON.stringify({ at: new Date().toISOString(), environment: 'c', outcome: 'refreshed' });
  server.sql(
    url,
    `insert into evergrant.attempt (name, at, entry) select name, now(), '${entry}' from evergrant.connection`,
  );
  server.sql(url, 'vacuum analyze');
}

const scope =
  'openid profile email accounting.transactions accounting.settings.read accounting.contacts offline_access';
