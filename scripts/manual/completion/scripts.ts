import type { CommandLine } from '../command-line';
import { bashCompletion } from './bash';
import { fishCompletion } from './fish';
import { powershellCompletion } from './powershell';
import { zshCompletion } from './zsh';

/**
 * The script by which each shell completes the program's words. Verbs and flags stand in it; the names of environments are
 * asked of the program when one is needed, by `completion --names`.
 */
export const completionFor = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
} as const satisfies Readonly<Record<string, (commandLine: CommandLine) => string>>;
