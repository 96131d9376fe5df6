import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveIn, type Serving } from '../../../serve/support/serving';
import type { XeroServer } from '../../../support/servers/xero-server';
import type { Dice } from '../dice';
import type { Findings } from '../proof';

const askers = 8;
/** A client goes on asking for so long, while the server is down or busy. */
const patienceMs = 60_000;

/**
 * Kills the server at random moments while clients ask for tokens that are always due, and starts it again. Then each
 * environment is asked for once more, Xero's grace ends, and each must still be able to refresh.
 */
export async function killsUnderLoad(xero: XeroServer, first: Serving, count: number, dice: Dice): Promise<Findings> {
  const { place } = first;
  const failures: string[] = [];
  let [serving, isOver, answered] = [first, false, 0];
  const names = Array.from({ length: 6 }, (_, at) => `customer-${at}`);
  const ask = async (name: string): Promise<void> => {
    const problem = await askUntilAnswered(() => serving, name);
    if (problem === undefined) answered += 1;
    else failures.push(`${name}: ${problem}`);
  };
  const load = Array.from({ length: askers }, async (_, at) => {
    for (let turn = at; !isOver; turn++) {
      await ask(names[turn % names.length] ?? '');
      await sleep(20);
    }
  });
  let kills = 0;
  for (; kills < count; kills++) {
    if (dice.isTrue(0.5)) await answerAfter(() => answered);
    await sleep(dice.between(0, 1_500));
    serving.running.signal('SIGKILL');
    await serving.running.ended;
    serving = await serveIn(place);
  }
  isOver = true;
  await Promise.all(load);
  for (const name of names) await ask(name);
  xero.endGrace();
  for (const name of names) {
    const { code, stderr } = await place.run(['refresh', name, '--force']);
    if (code !== 0) failures.push(`a token was lost: ${name} exits with ${code}: ${stderr.slice(0, 300)}`);
  }
  await serving.stop();
  await xero.close();
  fs.rmSync(place.folder, { recursive: true });
  return { figures: { kills, 'answers between kills': answered, redemptions: xero.redemptions() }, failures };
}

/** Waits for an answer: on a slow machine, no server would live to give one. */
async function answerAfter(answered: () => number): Promise<void> {
  const [before, deadline] = [answered(), performance.now() + patienceMs];
  while (answered() === before && performance.now() < deadline) await sleep(10);
}

/** As a client does that retries: after a lost connection, and after 503. Returns what else came, if anything. */
async function askUntilAnswered(serving: () => Serving, name: string): Promise<string | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      const target = `/v1/environments/${name}/token?min_validity=25m`;
      const { status, text } = await serving().ask(target, { headers: { 'x-evergrant': '1' } });
      if (status === 200) return undefined;
      if (status !== 503) return `${status} ${text.slice(0, 300)}`;
    } catch {
      // the server was killed
    }
    if (performance.now() > deadline) return 'it was not answered in time';
    await sleep(100);
  }
}
