import { shellQuoted } from '../text/shell';

/** How systemd can hand the key of a sealed store to a service. */
export type CredentialKind = 'encrypted' | 'plain' | 'none';

/** Where a job finds the key of a sealed store. */
export interface KeyPlace {
  /** The key file: absolute, with the lines that `key init` has written. */
  readonly file: string;
  readonly credential: CredentialKind;
}

/**
 * systemd 250 has `LoadCredentialEncrypted=`, 247 `LoadCredential=`: systemd.exec(5). Where there is none, the unit is for
 * another machine, which may have any.
 */
export function credentialKind(version: number | undefined): CredentialKind {
  if (version === undefined || version >= 250) return 'encrypted';
  return version >= 247 ? 'plain' : 'none';
}

/** Makes a key file one of the user whose job reads it, for people. */
export function adviseKeyFile({ key }: { readonly key?: KeyPlace | undefined }, user: string): string[] {
  if (key === undefined) return [];
  const file = shellQuoted(key.file);
  return [`its key, for that user alone: sudo chown ${user}: ${file} && sudo chmod 400 ${file}`];
}
