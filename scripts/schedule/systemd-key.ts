import { shellQuoted } from '../text/shell';
import type { Installation } from './job';
import { adviseKeyFile } from './key-place';
import { lineValue, word } from './systemd-quote';

/** The name by which a service finds the key in its credentials, and where systemd looks for encrypted ones. */
const credential = 'evergrant-key';
const encryptedFile = `/etc/credstore.encrypted/${credential}`;

/** The lines of `[Service]` that hand the key of a sealed store to it, see systemd.exec(5), "Credentials". */
export function keyLines({ key }: Pick<Installation, 'key'>): string[] {
  if (key === undefined) return [];
  if (key.credential === 'encrypted') {
    return [
      '# The key of the sealed secrets, encrypted for this machine (systemd 250 or later) and seen by this service alone. Before',
      `# systemd 250, and before 256 in a unit of a user: LoadCredential=${credential}:${lineValue(key.file)}`,
      `LoadCredentialEncrypted=${credential}:${encryptedFile}`,
    ];
  }
  if (key.credential === 'plain') {
    return [
      '# The key of the sealed secrets, which root reads and this service alone sees.',
      `LoadCredential=${credential}:${lineValue(key.file)}`,
    ];
  }
  return ['# The key of the sealed secrets.', `Environment=${word(`EVERGRANT_KEY_FILE=${key.file}`)}`];
}

/** What to do about the key, for people. */
export function adviseKey(place: Installation, user: string): string[] {
  const { key } = place;
  if (key === undefined) return [];
  const file = shellQuoted(key.file);
  if (key.credential === 'none') return adviseKeyFile(place, user);
  if (key.credential === 'plain')
    return [`its key, for root alone: sudo chown root: ${file} && sudo chmod 400 ${file}`, byHand(place, user)];
  return [
    `its key, encrypted for this machine: sudo mkdir -p -m 700 /etc/credstore.encrypted && sudo systemd-creds encrypt --name=${credential} ${file} ${encryptedFile}`,
    `then keep ${file} elsewhere, and take EVERGRANT_KEY_FILE out of .env: it would come first`,
    byHand(place, user),
  ];
}

/** The service's own way, for a person who runs a command with the key. */
function byHand({ node, program, project, environments, isShared, key }: Installation, user: string): string {
  const given =
    key?.credential === 'encrypted'
      ? `LoadCredentialEncrypted=${credential}:${encryptedFile}`
      : `LoadCredential=${credential}:${key?.file ?? ''}`;
  const words = [
    ...[
      'sudo',
      'systemd-run',
      '--quiet',
      '--wait',
      '--collect',
      '--pty',
      `--uid=${user}`,
      `--working-directory=${project}`,
    ],
    ...(isShared ? [] : ['--setenv=XDG_STATE_HOME=/var/lib']),
    ...['-p', given, node, program, '--environments', environments, 'refresh', 'acme'],
  ];
  return `by hand, with the key: ${words.map(shellQuoted).join(' ')}`;
}
