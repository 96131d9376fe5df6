import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { editEnvironment } from '../../scripts/environment/edit';
import { environmentInFile } from '../../scripts/environment/files/file-store';
import { changesForTokens, grantOf } from '../../scripts/environment/grant';
import { settingsOf } from '../../scripts/environment/settings';
import { newmanRunner } from '../../scripts/newman/send';
import { judgeTokenAnswer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { makeWorkplace } from '../support/program';
import { startXeroServer } from '../support/servers/xero-server';

/**
 * What the safety of a refresh costs: lock, marker, preallocation, fsync, rename, read-back and kept generation, against the same
 * Newman run with the tokens written straight into the file. Both sides in turn, in one process, medians in milliseconds.
 */
export async function measureSafetyCost(
  rounds: number,
): Promise<{ withSafety: number; without: number; cost: number }> {
  const xero = await startXeroServer();
  const place = makeWorkplace();
  for (const name of ['safe', 'plain']) place.write(name, xero.environment('web', name, xero.connectedRows()));
  const runner = newmanRunner({ secrets: new Set(), random: randomBytes, timeoutMs: 10_000 });
  const homes = {
    safe: environmentInFile('safe', place.fileOf('safe'), place.folder),
    plain: environmentInFile('plain', place.fileOf('plain'), place.folder),
  };
  const safe = (): Promise<unknown> =>
    refreshGrant(
      homes.safe,
      { profile: { kind: 'keep_alive' }, isForced: true, patienceMs: 0, waitMs: 0 },
      {
        env: {},
        remember: async () => undefined,
        now: () => new Date(),
        monotonicMs: () => performance.now(),
        sleep: () => Promise.resolve(),
        random: Math.random,
        isStopping: () => false,
        uninterrupted: (work) => work(),
        ask: (settings, request, onAnswer) => runner.send(settings, request, { onAnswer }),
      },
    );
  const plain = async (): Promise<void> => {
    const environment = await homes.plain.read();
    await runner.send(settingsOf(environment, {}, 'plain'), 'Refresh tokens', {
      onAnswer: (answer) => {
        const verdict = judgeTokenAnswer(answer, new Date());
        if (verdict.kind !== 'granted') throw new Error(`the server answered ${verdict.kind}`);
        const changes = changesForTokens(verdict.tokens, grantOf(environment, new Date()).generation, new Date());
        fs.writeFileSync(place.fileOf('plain'), editEnvironment(environment.text, changes, 'plain'));
      },
    });
  };
  const times: { safe: number[]; plain: number[] } = { safe: [], plain: [] };
  for (let round = -3; round < rounds; round++) {
    const isPlainFirst = round % 2 === 0;
    const [first, second] = [await timed(isPlainFirst ? plain : safe), await timed(isPlainFirst ? safe : plain)];
    if (round < 0) continue; // they warm up
    times.plain.push(isPlainFirst ? first : second);
    times.safe.push(isPlainFirst ? second : first);
  }
  await xero.close();
  fs.rmSync(place.folder, { recursive: true });
  const [withSafety, without] = [median(times.safe), median(times.plain)];
  return { withSafety, without, cost: median(times.safe.map((time, index) => time - (times.plain[index] ?? 0))) };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

if (require.main === module) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
  void measureSafetyCost(Number(values.rounds)).then(({ withSafety, without, cost }) => {
    console.log(
      `${values.rounds} rounds: ${withSafety.toFixed(1)} ms with the safety, ${without.toFixed(1)} ms without; it costs ${cost.toFixed(1)} ms a refresh`,
    );
    process.exit(cost < 5 ? 0 : 1);
  });
}
