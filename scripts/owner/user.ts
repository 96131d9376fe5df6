import os from 'node:os';

/** The name of the user that runs this, for commands in hints; the number if there is no name, as in a container. */
export function thisUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

/** This user's home; undefined for a user who has neither an entry nor HOME. */
export function homeFolder(): string | undefined {
  try {
    return os.homedir();
  } catch {
    return undefined;
  }
}
