import { randomFrom } from '../../proofs/support/lanes';
import { emptyResult, type Attack, type AttackResult, type Scale } from '../attack';

/** An attack that was played, or why it wasn't. */
export type Played = { readonly attack: Attack } & (
  { readonly result: AttackResult; readonly seconds: number } | { readonly leftOut: string }
);

/** Whether an attack that can't be played is a failure, as it is in CI. */
const isEachRequired = process.env['ATTACK_TESTS'] === 'required';

/** Plays an attack. Its dice depend on the seed and its name alone, so that it can be played again without the others. */
export async function playAttack(attack: Attack, scale: Scale, seed: number): Promise<Played> {
  const leftOut = attack.cannotRun?.();
  if (leftOut !== undefined) {
    if (!isEachRequired) return { attack, leftOut };
    return { attack, result: { ...emptyResult(), failures: [`it was left out: ${leftOut}`] }, seconds: 0 };
  }
  const startedAt = performance.now();
  const result = await resultOf(attack, scale, randomFrom(seed ^ hashOf(attack.name)));
  return { attack, result, seconds: (performance.now() - startedAt) / 1000 };
}

/** An attack that breaks, or tries nothing, has failed. */
async function resultOf(attack: Attack, scale: Scale, random: () => number): Promise<AttackResult> {
  try {
    const result = await attack.run(scale, random);
    return result.tried > 0 ? result : { ...result, failures: [...result.failures, 'nothing was tried'] };
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...emptyResult(), failures: [`the attack itself broke: ${said}`] };
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
