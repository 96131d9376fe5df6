import type { EnvVariables } from '../environment/settings';
import { invalid } from '../errors';
import { minuteMs, parseDuration } from '../text/duration';

/** The hooks, and the variable of the process or `.env` that sets each. */
const hookVariables = {
  'on-refreshed': 'EVERGRANT_ON_REFRESHED',
  'on-consent-needed': 'EVERGRANT_ON_CONSENT_NEEDED',
  'on-failure': 'EVERGRANT_ON_FAILURE',
  'on-recovered': 'EVERGRANT_ON_RECOVERED',
} as const;

export type HookName = keyof typeof hookVariables;

/** The hooks set by options. What is not set here may be set by a variable. */
export interface HookOptions {
  readonly commands: Readonly<Partial<Record<HookName, string | undefined>>>;
  readonly isShell?: true | undefined;
  readonly limitMs?: number | undefined;
}

/** A command to start: its words, or a whole line for the shell. */
export type HookCommand =
  | { readonly kind: 'words'; readonly file: string; readonly args: readonly string[] }
  | { readonly kind: 'shell'; readonly line: string };

export interface HookConfig {
  readonly commands: Readonly<Partial<Record<HookName, HookCommand>>>;
  readonly limitMs: number;
}

const presetLimitMs = minuteMs;

/** The longest time of a Node.js timer: 24 days. */
const longestLimitMs = 2 ** 31 - 1;

/**
 * The hooks that are set, by option or else by variable; undefined when none is.
 * @throws Failure `invalid` for a bad command or time limit
 */
export function hookConfig(options: HookOptions, env: EnvVariables): HookConfig | undefined {
  const texts = (Object.keys(hookVariables) as HookName[]).flatMap((name): [HookName, string, string][] => {
    const [option, variable] = [options.commands[name], env[hookVariables[name]] ?? ''];
    if (option !== undefined) return [[name, option, `--${name}`]];
    return variable.trim() === '' ? [] : [[name, variable, hookVariables[name]]];
  });
  if (texts.length === 0) return undefined;
  const isShell = options.isShell ?? isOn(env['EVERGRANT_HOOK_SHELL'] ?? '');
  const commands = texts.map(([name, text, where]) => [name, commandOf(text, isShell ? 'shell' : 'words', where)]);
  return { commands: Object.fromEntries(commands) as HookConfig['commands'], limitMs: limitOf(options, env) };
}

function commandOf(text: string, kind: HookCommand['kind'], where: string): HookCommand {
  if (text.trim() === '') throw badCommand(where, 'is empty');
  if (kind === 'shell') return { kind, line: text };
  const [file = '', ...args] = wordsOf(text, where);
  if (file === '') throw badCommand(where, 'begins with an empty word');
  return { kind, file, args };
}

/** A command's words, split as a shell does, with quotes and backslashes; nothing is expanded. */
function wordsOf(text: string, where: string): readonly string[] {
  const { split } = require('shlex') as typeof import('shlex');
  try {
    return split(text);
  } catch (error) {
    throw badCommand(where, 'has a quotation mark that is not closed, or ends in a backslash', error); // all it throws
  }
}

function limitOf(options: HookOptions, env: EnvVariables): number {
  const [option, variable] = [options.limitMs, env['EVERGRANT_HOOK_TIMEOUT']?.trim() ?? ''];
  const limitMs = option ?? (variable === '' ? presetLimitMs : variableLimit(variable));
  if (limitMs > 0) return Math.min(limitMs, longestLimitMs);
  throw invalid('bad_duration', 'a hook needs some time', 'write 90s or 5m, or leave the time limit out for 60s');
}

function variableLimit(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw invalid('bad_duration', 'EVERGRANT_HOOK_TIMEOUT is no duration', 'write 90s, 5m or 1h', error); // all it throws
  }
}

function isOn(text: string): boolean {
  const said = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(said)) return true;
  if (['', '0', 'false', 'no', 'off'].includes(said)) return false;
  throw invalid('bad_switch', 'EVERGRANT_HOOK_SHELL is neither 1 nor 0', 'write 1 for hooks that need a shell');
}

/** The failure for a command. It does not repeat the command, which may hold a URL or a key. */
function badCommand(where: string, why: string, cause?: unknown): Error {
  return invalid('bad_hook', `the command of ${where} ${why}`, 'write it as for a shell: notify "new tokens"', cause);
}
