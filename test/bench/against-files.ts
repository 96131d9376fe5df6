import fs from 'node:fs';
import path from 'node:path';
import { openDatabase } from '../../scripts/environment/database/database';
import { putConnection } from '../../scripts/environment/database/documents';
import { migrate } from '../../scripts/environment/database/migrate';
import type { PostgresServer } from '../support/postgres';
import { makePlace, startServer, type BenchServer } from './bench-place';
import { atMost, cli, times } from './fleet';
import { measure, median, type Measured } from './measure';
import type { Row } from './table';

/** A database may take this much longer: each refresh asks it several times, and its server has the same processors. */
const mostTimes = 1.1;

/**
 * The same due environments refreshed with Newman from files and from a database, in turn, so that what else the machine does
 * meets both.
 */
export async function measureAgainstFiles(
  postgres: PostgresServer,
  { fleet, rounds }: { readonly fleet: number; readonly rounds: number },
): Promise<Row[]> {
  const xero = await startServer(20);
  const ratios: { all: number[]; one: number[] } = { all: [], one: [] };
  for (let round = 0; round < rounds; round++) {
    const [files, rows] =
      round % 2 === 0
        ? [await inFiles(xero, fleet), await inRows(postgres, xero, fleet)]
        : [await inRows(postgres, xero, fleet), await inFiles(xero, fleet)].toReversed();
    if (files === undefined || rows === undefined) throw new Error('each has been measured');
    ratios.all.push(rows.all.seconds / files.all.seconds);
    ratios.one.push(rows.one.seconds / files.one.seconds);
  }
  xero.stop();
  const count = fleet.toLocaleString('en');
  const of = `from a database against files, 20 ms latency (median of ${rounds})`;
  return [
    atMost(`${count} due environments ${of}`, median(ratios.all), mostTimes, times),
    atMost(`one due environment, a process of its own, ${of}`, median(ratios.one), mostTimes, times),
  ];
}

interface Taken {
  readonly all: Measured;
  readonly one: Measured;
}

async function inFiles(xero: BenchServer, fleet: number): Promise<Taken> {
  const place = makePlace(xero, fleet, 'due');
  const taken = await refreshIn(place.folder, {});
  return taken;
}

async function inRows(postgres: PostgresServer, xero: BenchServer, fleet: number): Promise<Taken> {
  const [place, url] = [makePlace(xero, fleet, 'due'), postgres.database()];
  const database = openDatabase(url, 'bench', 4);
  await migrate(database);
  const folder = path.join(place.folder, 'environments');
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.postman_environment.json'))) {
    const name = file.replace('.postman_environment.json', '');
    await putConnection(database, name, fs.readFileSync(path.join(folder, file), 'utf8'));
  }
  await database.query('analyze');
  await database.close();
  const taken = await refreshIn(place.folder, {
    EVERGRANT_STORE: url,
    XDG_STATE_HOME: path.join(place.folder, 'state'),
  });
  return taken;
}

/** All that are due, then one of them alone. */
async function refreshIn(cwd: string, variables: Readonly<Record<string, string>>): Promise<Taken> {
  const run = async (...args: string[]): Promise<Measured> => {
    const measured = await measure([process.execPath, cli, 'refresh', ...args], { cwd, variables });
    if (measured.code !== 0) throw new Error(`refresh ${args.join(' ')} ended with ${measured.code}`);
    return measured;
  };
  const name = 'env-00000';
  return { all: await run('--all', '--no-jitter'), one: await run(name, '--force') };
}
