import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode, type Failure } from '../errors';
import { readGiven } from '../given-file';
import { keysIn, type WrappingKeys } from './wrapping-keys';

/** The variables that say where the wrapping keys come from. The last two are never read from `.env`. */
export const keyVariables = {
  file: 'EVERGRANT_KEY_FILE',
  command: 'EVERGRANT_KEY_COMMAND',
  key: 'EVERGRANT_KEY',
} as const;

/** Where services find secrets that were given to them: systemd's credentials, a container's secrets. */
const [credential, containerSecrets] = ['evergrant-key', '/run/secrets/evergrant-key'];

const commandLimitMs = 10_000;
const mostBytes = 64 * 1024;

/** The place from which wrapping keys come: the first one that is configured, and no other. */
export type KeySource =
  | { readonly kind: 'file'; readonly where: string; readonly file: string }
  | { readonly kind: 'command'; readonly where: string; readonly command: string }
  | { readonly kind: 'variable'; readonly where: string; readonly text: string };

/**
 * The configured source: `EVERGRANT_KEY_FILE` (of the process or `.env`), systemd's and a container's secret of the name
 * evergrant-key, `EVERGRANT_KEY_COMMAND`, `EVERGRANT_KEY`. Undefined when none is configured.
 */
export function keySourceIn(
  process: NodeJS.ProcessEnv,
  env: Readonly<Record<string, string | undefined>>,
): KeySource | undefined {
  const file = env[keyVariables.file]?.trim() ?? '';
  if (file !== '') return { kind: 'file', where: `${file} (${keyVariables.file})`, file };
  const credentials = process['CREDENTIALS_DIRECTORY'] ?? '';
  const places = [...(credentials === '' ? [] : [path.join(credentials, credential)]), containerSecrets];
  const given = places.find((place) => fs.existsSync(place));
  if (given !== undefined) return { kind: 'file', where: given, file: given };
  const command = process[keyVariables.command]?.trim() ?? '';
  if (command !== '') return { kind: 'command', where: `the command of ${keyVariables.command}`, command };
  const text = process[keyVariables.key]?.trim() ?? '';
  return text === '' ? undefined : { kind: 'variable', where: keyVariables.key, text };
}

/**
 * The wrapping keys of a source. A command runs in a shell, for ten seconds at most, and prints them.
 * @throws Failure `invalid` that names the source and repeats nothing of what it holds
 */
export function readKeys(source: KeySource): WrappingKeys {
  if (source.kind === 'variable') return keysIn(source.text, source.where);
  return keysIn(source.kind === 'file' ? textOf(source.file) : printedBy(source.command), source.where);
}

function textOf(file: string): string {
  try {
    return readGiven(file, mostBytes).toString('utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const hint = `let this user read it, or say where the key is: ${keyVariables.file}`;
    throw invalid('no_key', `cannot read the key in ${file} (${code})`, hint, error);
  }
}

/** What it says on stderr may hold a secret and is not repeated. */
function printedBy(command: string): string {
  const { status, stdout, error, signal } = spawnSync(command, {
    shell: true,
    encoding: 'utf8',
    timeout: commandLimitMs,
    maxBuffer: mostBytes,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  if (error === undefined && status === 0) return stdout;
  if (systemCode(error) === 'ETIMEDOUT') throw commandFailed(`printed no key within ${commandLimitMs / 1000} s`);
  throw commandFailed(
    status === null ? `was ended (${signal ?? systemCode(error) ?? 'unknown'})` : `ended with ${status}`,
  );
}

function commandFailed(how: string): Failure {
  return invalid(
    'no_key',
    `the command of ${keyVariables.command} ${how}`,
    `run it yourself as this user: it must print the lines of a key file`,
  );
}
