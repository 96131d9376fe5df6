import os from 'node:os';

/** The name of the user that runs this, for commands in hints; the number where it has no name, as in a container. */
export function thisUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

/** This user's home; undefined where there is none, as for a number without a name and without HOME. */
export function homeFolder(): string | undefined {
  try {
    return os.homedir();
  } catch {
    return undefined;
  }
}
