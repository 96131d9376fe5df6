import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { attackKinds, type Attack } from './attack';
import { everyAttack } from './every-attack';
import { playAttack } from './support/play';

const seed = 1;

describe('attacks', () => {
  for (const kind of attackKinds) {
    for (const attack of everyAttack.filter((one) => one.kind === kind)) {
      test(`${kind}: ${attack.name}`, async (context) => {
        const played = await playAttack(attack, 'short', seed);
        if ('leftOut' in played) return context.skip(played.leftOut);
        expect(played.result).toEqual({
          tried: played.result.tried,
          lost: 0,
          leaked: 0,
          crossed: 0,
          failures: [],
        });
      }, 300_000);
    }
  }

  test('every attack in this folder is played, under a name of its own', async () => {
    const machinery = ['attack.ts', 'attack-test.ts', 'every-attack.ts'];
    const files = fs
      .readdirSync(__dirname)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !machinery.includes(file));
    const modules = await Promise.all(
      files.map((file) => import(path.join(__dirname, file)) as Promise<{ attacks: readonly Attack[] }>), // as attack.ts has it
    );
    expect(new Set(modules.flatMap(({ attacks }) => attacks))).toEqual(new Set(everyAttack));
    expect(new Set(everyAttack.map(({ name }) => name)).size).toBe(everyAttack.length);
  });
});
