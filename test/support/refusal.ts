import { expect } from 'vitest';

/** How the program refuses: one clear line that says what and where, and the next thing to do. */
export function refusal(code: number, message: RegExp, hint: RegExp): object {
  return {
    code,
    stderr: expect.stringMatching(new RegExp(`^evergrant: .*(${message.source}).*\n  → .*(${hint.source}).*\n$`)),
  };
}
