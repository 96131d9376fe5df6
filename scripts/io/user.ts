import os from 'node:os';

/** The name of the user that runs this, for commands in hints; the number where it has no name, as in a container. */
export function thisUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
