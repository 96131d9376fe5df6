import { makePlace, startServer } from './bench-place';
import { atMost, cli, collection, newmanCli, times } from './fleet';
import { measure, median } from './measure';
import type { Row } from './table';

/** One environment alone, whole processes, both sides in turn; ratios of the medians. */
export async function measureSingle(rounds: number): Promise<Row[]> {
  const server = await startServer(0);
  const place = makePlace(server, 1, 'not due');
  const file = place.fileOf(0);
  const node = process.execPath;
  const notDue = await compare(rounds, place.folder, [node, cli, 'refresh', file], [node, '-e', '0']);
  const refresh = [node, cli, 'refresh', file, '--force'];
  const run = [node, newmanCli, 'run', collection, '--folder', 'Refresh tokens', '--environment', file];
  const refreshed = await compare(rounds, place.folder, refresh, run);
  server.stop();
  return [
    atMost('one environment, not due, against `node -e 0`', notDue, 2.5, times),
    atMost('one refresh, against `newman run` of the request', refreshed, 1, times),
  ];
}

async function compare(
  rounds: number,
  cwd: string,
  ours: readonly string[],
  theirs: readonly string[],
): Promise<number> {
  const seconds: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    seconds.ours.push((await measure(ours, { cwd })).seconds);
    seconds.theirs.push((await measure(theirs, { cwd })).seconds);
  }
  return median(seconds.ours) / median(seconds.theirs);
}
