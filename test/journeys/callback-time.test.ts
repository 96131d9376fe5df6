import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgedQuery, makeCrowd, type Crowd } from '../support/callback-desk';

let few: Crowd;
let many: Crowd;

beforeAll(() => {
  [few, many] = [makeCrowd(20), makeCrowd(2_000)];
});

afterAll(() => {
  for (const { folder } of [few, many]) fs.rmSync(folder, { recursive: true });
});

async function timeOf({ desk }: Crowd, query: string): Promise<number> {
  const startMs = performance.now();
  const { page } = await desk.finish(query);
  const tookMs = performance.now() - startMs;
  expect(page.status).toBe(400);
  return tookMs;
}

/** The middle of many times of each, taken in turn, so that what else the machine does meets all of them alike. */
async function mediansOf(turns: number, ...kinds: ((turn: number) => Promise<number>)[]): Promise<number[]> {
  const times = kinds.map((): number[] => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [kind, measure] of kinds.entries()) times[kind]?.push(await measure(turn));
  }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(turns / 2)] ?? Number.NaN);
}

test('a forged callback takes the same time whether its environment exists or not, and in a large folder as in a small one', async () => {
  const customer = (crowd: Crowd, turn: number): string => crowd.names[(turn * 7) % crowd.names.length] ?? '';
  const [ofCustomer = 0, ofNobody = 0, inFew = 0] = await mediansOf(
    600,
    (turn) => timeOf(many, forgedQuery(customer(many, turn))),
    (turn) => timeOf(many, forgedQuery(`customer-${String(10_000 + turn)}`)),
    (turn) => timeOf(few, forgedQuery(customer(few, turn))),
  );
  expect(ofCustomer / ofNobody).toBeGreaterThan(0.75);
  expect(ofCustomer / ofNobody).toBeLessThan(1.33);
  expect(ofNobody / inFew).toBeLessThan(2);
});
