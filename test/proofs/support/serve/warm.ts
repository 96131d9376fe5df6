import fs from 'node:fs';
import net from 'node:net';
import type { Serving } from '../../../serve/support/serving';
import type { Findings } from '../proof';

/** How many connections ask at once, where the rate is measured. */
const connections = 16;

/** A rise by more than this between the first half and the end is no noise. */
const mostGrowthMb = 32;

/**
 * Asks for tokens that are warm: one after the other on one connection for the median, then on several for the rate.
 * Memory is looked at after a third of them and at the end.
 */
export async function playWarm(serving: Serving, requests: number): Promise<Findings> {
  const [alone, third] = [Math.min(2_000, requests / 3), Math.floor(requests / 3)];
  await askOn(serving.socket, third, 4); // warms up the server, too
  const firstMb = memoryOf(serving.running.pid);
  const medianMs = medianOf((await askOn(serving.socket, alone, 1)).timesMs);
  const startedAt = performance.now();
  const { answered } = await askOn(serving.socket, requests - third - alone, connections);
  const rate = answered / ((performance.now() - startedAt) / 1000);
  const lastMb = memoryOf(serving.running.pid);
  return {
    figures: {
      'warm tokens': requests,
      'median by socket in ms': medianMs.toFixed(2),
      'tokens a second': Math.round(rate),
      'MB after a third of them': firstMb,
      'MB at the end': lastMb,
    },
    failures: lastMb - firstMb > mostGrowthMb ? [`memory grew from ${firstMb} to ${lastMb} MB`] : [],
  };
}

/** What the kernel counts as in memory. 0 where it does not tell. */
function memoryOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  const [, kb = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '') ?? [];
  return Math.round(Number(kb) / 1024);
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Asks so many times in all, on so many connections, each of which sends one request at a time. */
async function askOn(
  socket: string,
  requests: number,
  count: number,
): Promise<{ answered: number; timesMs: number[] }> {
  const each = Math.ceil(requests / count);
  const all = await Promise.all(Array.from({ length: count }, (_, at) => askInTurn(socket, each, at)));
  return { answered: each * count, timesMs: all.flat() };
}

/** By a bare connection, as an HTTP client of Node's would take longer than the server. */
function askInTurn(socket: string, count: number, first: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const timesMs: number[] = [];
    const connection = net.connect(socket);
    let [startedAt, received, expected] = [0, '', 0];
    const ask = (): void => {
      [startedAt, received, expected] = [performance.now(), '', 0];
      const name = `customer-${(first + timesMs.length) % 10}`;
      connection.write(`GET /v1/environments/${name}/token HTTP/1.1\r\nHost: localhost\r\nX-Evergrant: 1\r\n\r\n`);
    };
    connection.setEncoding('latin1');
    connection.on('data', (chunk: string) => {
      received += chunk;
      expected ||= lengthOf(received);
      if (expected === 0 || received.length < expected) return;
      if (!received.startsWith('HTTP/1.1 200 ')) {
        reject(new Error(received.slice(0, 200)));
        return;
      }
      timesMs.push(performance.now() - startedAt);
      if (timesMs.length < count) ask();
      else connection.end(() => resolve(timesMs));
    });
    connection.on('error', reject).on('connect', ask);
  });
}

/** How long a whole answer is; 0 while its head is not there. */
function lengthOf(received: string): number {
  const end = received.indexOf('\r\n\r\n');
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(received) ?? [];
  return end === -1 || length === undefined ? 0 : end + 4 + Number(length);
}
