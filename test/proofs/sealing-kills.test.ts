import { expect, test } from 'vitest';
import { killEach, sealingVerbs } from './support/sealing-kills';

test.each(sealingVerbs)(
  'killed at any step of $what, every secret opens with the keys that are there, and the same command ends it',
  async (verb) => {
    const { kills, problems } = await killEach(verb, 4); // every step: npm run sealing-test
    expect([kills > 1, problems]).toEqual([true, []]);
  },
  600_000,
);
