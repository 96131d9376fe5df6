import { randomFrom } from './lanes';

/** Choices at random that a seed repeats. */
export interface Dice {
  /** From 0 to 1, without 1. */
  roll(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  isTrue(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

export function diceFrom(seed: number): Dice {
  const roll = randomFrom(seed);
  const between = (least: number, most: number): number => least + Math.floor(roll() * (most - least + 1));
  return {
    roll,
    between,
    isTrue: (probability) => roll() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
  };
}
