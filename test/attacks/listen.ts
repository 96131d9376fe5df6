import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { leaksIn } from '../support/leak-search';
import { isGone } from '../support/processes';
import { count, emptyResult, type Attack, type AttackResult } from './attack';
import { startListening, type Listening } from './support/listening';

const isLinux = process.platform === 'linux';

/** What `listen` must bear that stands in the open. */
export const attacks: readonly Attack[] = [
  {
    kind: 'listen',
    name: 'callbacks by the thousand, forged, with invented codes and good ones, in a heap of 256 MB',
    run: fillMemory,
    ...(isLinux ? {} : { cannotRun: () => 'it reads the memory of a process from /proc' }),
  },
  { kind: 'listen', name: 'a flood of forged callbacks and idle connections, while customers come back', run: flood },
  { kind: 'listen', name: 'the time of an answer, to find out who is a customer', run: measureNames },
];

async function fillMemory(scale: 'short' | 'long', random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const [environments, callbacks] = scale === 'short' ? [6, 300] : [300, 3_000];
  const listening = await startListening({ environments, heapMb: 256 });
  const startedAt = performance.now();
  const [honest = '', ...attacked] = listening.names;
  const anyQuery = (): string => {
    const dice = random();
    if (dice < 0.01) return listening.query(honest, 'good');
    return dice < 0.5
      ? listening.forged(oneOf(attacked, random))
      : listening.query(oneOf(attacked, random), 'invented');
  };
  try {
    const seen = new Map<string, number>();
    for (let turn = 0; turn < callbacks; turn += lanes) {
      const queries = Array.from({ length: lanes }, anyQuery);
      for (const { status, title } of await Promise.all(queries.map(listening.visit))) note(seen, `${status} ${title}`);
      result.tried += lanes;
      if (isGone(listening.program.pid)) return failed(result, `it died after ${result.tried} callbacks`);
    }
    const others = [...seen.keys()].filter((answer) => !expectedAnswers.includes(answer));
    if (others.length > 0) failed(result, `somebody was answered ${others.join(', ')}`);
    const asked = listening.xero.requests.filter(({ endpoint }) => endpoint === 'token').length;
    if (asked > environments * 6)
      failed(result, `Xero was asked ${asked} times for codes of ${environments} environments`);
    const peakMb = peakMemoryMb(listening.program.pid);
    if (peakMb > 450) failed(result, `it took ${peakMb} MB`);
    judgeLog(result, listening, (performance.now() - startedAt) / 60_000);
    judgeSpeech(result, listening);
    return result;
  } finally {
    await listening.close();
  }
}

const lanes = 10;
const expectedAnswers = [
  '200 Maple Bakery is connected',
  '400 This link is not ours',
  '410 This was used already',
  '429 Not connected yet',
  '503 Not connected yet',
];

/** Who floods may find the connection closed. */
const shutOut = 0;

async function flood(scale: 'short' | 'long', random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const customers = scale === 'short' ? 2 : 30;
  const listening = await startListening({ environments: 200 });
  const { port } = new URL(listening.url);
  let isOver = false;
  const idle = holdConnections(Number(port), () => isOver);
  const strangers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const query = random() < 0.5 ? listening.forged(oneOf(listening.names, random)) : '?code=x&state=y';
      const { status } = await listening.visit(query);
      if (![400, 429, shutOut].includes(status)) failed(result, `a stranger was answered ${status}`);
      result.tried += 1;
    }
  });
  try {
    for (const name of listening.names.slice(0, customers)) {
      const { status, title } = await listening.visit(listening.query(name, 'good'));
      if (title !== 'Maple Bakery is connected') count(result, 'lost', `${name} was answered ${status} ${title}`);
      const health = await fetch(new URL('/health', listening.url));
      if (health.status !== 200) failed(result, `its health was ${health.status}`);
    }
  } finally {
    isOver = true;
    await Promise.all(strangers);
    idle.end();
    const stoppedAt = performance.now();
    await listening.close();
    if (performance.now() - stoppedAt > 20_000) failed(result, 'its end was held up');
    judgeSpeech(result, listening);
  }
  return result;
}

/** Opens 600 connections and sends each a letter of its headers now and then; those that are closed are opened anew. */
function holdConnections(port: number, isOver: () => boolean): { end(): void } {
  const sockets = new Set<net.Socket>();
  const open = (): void => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.add(socket);
    socket.write('GET /callback?code=x HTTP/1.1\r\nHost: localhost\r\nx-');
    socket.on('close', () => {
      sockets.delete(socket);
      if (!isOver()) setTimeout(open, 1_000);
    });
  };
  for (let opened = 0; opened < 600; opened++) open();
  const drip = setInterval(() => {
    for (const socket of sockets) socket.write('x');
  }, 500);
  return {
    end: () => {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function measureNames(scale: 'short' | 'long', random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const [environments, turns] = scale === 'short' ? [500, 200] : [10_000, 1_000];
  const listening = await startListening({ environments });
  try {
    const known = (): string => listening.forged(oneOf(listening.names, random));
    const unknown = (): string => listening.forged(`customer-${String(50_000 + Math.floor(random() * 10_000))}`);
    const [ofKnown, ofUnknown]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < turns; turn++) {
      ofKnown.push(await timeOf(`${listening.url}${known()}`));
      ofUnknown.push(await timeOf(`${listening.url}${unknown()}`));
      result.tried += 2;
    }
    const ratio = median(ofKnown) / median(ofUnknown);
    if (ratio < 0.7 || ratio > 1.4)
      failed(result, `a customer's name takes ${ratio.toFixed(2)} times as long as nobody's`);
    return result;
  } finally {
    await listening.close();
  }
}

/** Without `fetch`, whose own work is longer than the answer. */
function timeOf(address: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get(address, (response) => response.resume().on('end', () => resolve(performance.now() - startedAt)))
      .on('error', reject);
  });
}

/** A few lines a minute for each environment, and as many for all strangers. */
function judgeLog(result: AttackResult, { program }: Listening, minutes: number): void {
  const lines = new Map<string, number>();
  for (const [, name = 'strangers'] of program.said().matchAll(/Z (?:(\S+): )?refused: /g)) note(lines, name);
  const most = 21 * Math.ceil(minutes + 1);
  for (const [name, written] of lines) if (written > most) failed(result, `its log has ${written} lines of ${name}`);
}

function judgeSpeech(result: AttackResult, { program, xero }: Listening): void {
  for (const { encoding } of leaksIn(program.said(), xero.secrets)) count(result, 'leaked', `its log: ${encoding}`);
}

function peakMemoryMb(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

function failed(result: AttackResult, failure: string): AttackResult {
  result.failures.push(failure);
  return result;
}

function note(seen: Map<string, number>, answer: string): void {
  seen.set(answer, (seen.get(answer) ?? 0) + 1);
}

function oneOf<T>(all: readonly T[], random: () => number): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('there is none');
  return one;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
