import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { nameOf, recordSteps, runWith } from './support/stepped-program';

const args = ['rename', 'acme', 'birch'];
const rows = {
  app_type: 'web',
  client_id: 'the-client',
  access_token: 'a',
  refresh_token: 'the-token',
  generation: '3',
};

function textOf(generation: string): string {
  const values = Object.entries({ ...rows, generation }).map(([key, value]) => ({ key, value, type: 'default' }));
  return JSON.stringify({ name: 'acme', values });
}

/** An environment with kept generations, tokens that wait to be judged, and a history. */
function connected(): Workplace {
  const place = makeWorkplace();
  place.write('acme', textOf('3'));
  const keep = path.join(place.folder, 'environments/.evergrant');
  const folder = path.join(keep, 'acme.postman_environment.json');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const one of ['2', '3'])
    fs.writeFileSync(path.join(folder, `generation-${one}.json`), textOf(one), { mode: 0o600 });
  fs.writeFileSync(path.join(folder, 'pending.json'), textOf('4'), { mode: 0o600 });
  const attempt = { at: '2026-11-22T10:00:00.000Z', environment: 'acme', outcome: 'refreshed' };
  fs.writeFileSync(path.join(keep, 'log.jsonl'), `${JSON.stringify(attempt)}\n`, { mode: 0o600 });
  return place;
}

/** The names of the environments that hold the tokens. */
function holders(place: Workplace): string[] {
  const held = (name: string): boolean => {
    const file = place.fileOf(name);
    return fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('the-token');
  };
  return ['acme', 'birch'].filter(held);
}

test('killed at any step, a rename leaves one environment with its tokens, and the same command finishes it', async () => {
  const whole = connected();
  const { ended, steps } = await recordSteps(whole.folder, args);
  expect(ended).toMatchObject({ code: 0 });
  const writing = steps.flatMap((step, at) => (step.writes ? [{ step, number: at + 1 }] : []));
  expect(writing.length).toBeGreaterThan(10);
  for (const { step, number } of writing) {
    const place = connected();
    const where = nameOf(step, whole.folder);
    const { signal } = await runWith({ kill: { step: number, side: 'before' } }, place.folder, args);
    expect([where, signal, holders(place).length]).toEqual([where, 'SIGKILL', 1]);
    const again = await place.run(args);
    const isDone = again.code === 0 || again.stderr.includes('acme was renamed: it is birch now');
    expect([where, isDone, holders(place)]).toEqual([where, true, ['birch']]);
    const folder = path.join(place.folder, 'environments/.evergrant/birch.postman_environment.json');
    expect([where, fs.readdirSync(folder).sort()]).toEqual([
      where,
      ['generation-2.json', 'generation-3.json', 'lock', 'pending.json'],
    ]);
    expect((await place.run(['log', 'birch'])).stdout).toMatch(/refreshed[^]*renamed; until then it was acme/);
  }
}, 300_000);
