import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Whether this machine has a program of the system. */
export function hasTool(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false; // not there
    }
  });
}

/** Whether a tool's tests are left out: never where `SYSTEM_TOOLS=required`, as in CI: there a missing one is a failure. */
export function isWithout(name: string): boolean {
  return !hasTool(name) && process.env['SYSTEM_TOOLS'] !== 'required';
}

/** Whether a shell's tests are left out: never where `SHELL_TESTS=required`, as in CI: there a missing one is a failure. */
export function isWithoutShell(name: string): boolean {
  return !hasTool(name) && process.env['SHELL_TESTS'] !== 'required';
}
