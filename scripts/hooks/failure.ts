import { Failure } from '../errors';
import type { HookName } from './config';

/** How a hook ended. */
export type HookEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'limit' }
  | { readonly kind: 'not_started'; readonly why: string };

/** The failure of a hook for one environment; undefined when it ended well. It does not repeat the command. */
export function hookFailure(hook: HookName, name: string, end: HookEnd): Failure | undefined {
  if (end.kind === 'exit' && end.code === 0) return undefined;
  return new Failure('invalid', 'hook_failed', `the ${hook} hook for ${name} ${formatEnd(end)}`, hints[end.kind]);
}

function formatEnd(end: HookEnd): string {
  if (end.kind === 'exit') return `ended with exit code ${end.code}`;
  if (end.kind === 'signal') return `was ended by ${end.signal}`;
  return end.kind === 'limit' ? 'took too long and was ended' : `could not be started (${end.why})`;
}

const once = 'it is not run again for the same change';

const hints: Readonly<Record<HookEnd['kind'], string>> = {
  exit: `what it said is above; ${once}`,
  signal: `see what ended it; ${once}`,
  limit: `give it more time: --hook-timeout 5m, or EVERGRANT_HOOK_TIMEOUT; ${once}`,
  not_started: `is its first word a program on the PATH, or a file that may be run? ${once}`,
};
