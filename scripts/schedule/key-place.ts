import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { keyVariables } from '../sealing/key-source';
import { shellQuoted } from '../text/shell';

/** How systemd can hand the key of a sealed store to a service. */
export type CredentialKind = 'encrypted' | 'plain' | 'none';

/** Where a job finds the key of a sealed store. */
export interface KeyPlace {
  /** The key file: absolute, with the lines that `key init` has written. */
  readonly file: string;
  readonly credential: CredentialKind;
}

/** The place of the key that the guide names, and what Windows has for it. */
const [usualKeyFile, usualOnWindows] = ['/etc/evergrant.key', String.raw`C:\ProgramData\evergrant.key`];

/** The key file that is configured here, or the usual one, and what this machine's systemd can do with it. */
export function keyPlaceHere(kind: string, env: Readonly<Record<string, string | undefined>>): KeyPlace {
  const configured = env[keyVariables.file]?.trim() ?? '';
  return {
    file: configured === '' ? (kind === 'windows' ? usualOnWindows : usualKeyFile) : path.resolve(configured),
    credential: credentialKind(kind === 'systemd' ? systemdVersion() : undefined),
  };
}

/**
 * systemd 250 has `LoadCredentialEncrypted=`, 247 `LoadCredential=`: systemd.exec(5). Where there is none, the unit is for
 * another machine, which may have any.
 */
export function credentialKind(version: number | undefined): CredentialKind {
  if (version === undefined || version >= 250) return 'encrypted';
  return version >= 247 ? 'plain' : 'none';
}

function systemdVersion(): number | undefined {
  const { error, stdout } = spawnSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000 });
  if (error !== undefined) return undefined;
  const [, version] = /^systemd (\d+)/.exec(stdout) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** Makes a key file one of the user whose job reads it, for people. */
export function adviseKeyFile({ key }: { readonly key?: KeyPlace | undefined }, user: string): string[] {
  if (key === undefined) return [];
  const file = shellQuoted(key.file);
  return [`its key, for that user alone: sudo chown ${user}: ${file} && sudo chmod 400 ${file}`];
}
