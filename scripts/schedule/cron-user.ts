import { invalid, type Failure } from '../errors';
import type { Installation } from './job';

/** What is known of the user whose crontab a line is for. */
export interface CronUser {
  readonly name: string;
  readonly isThere: boolean;
  /** Whether the name was given, and is not only the usual one. */
  readonly isNamed: boolean;
  canRead(file: string): boolean;
}

/**
 * What has to be done for the user before the line is installed: nothing, or making the usual one.
 * @throws Failure `invalid` for a user who was named and isn't there, and for a program out of the user's reach: cron would
 * say so to nobody, or every time
 */
export function adviseUser(user: CronUser, { node, program }: Pick<Installation, 'node' | 'program'>): string[] {
  if (!user.isThere && user.isNamed) throw noUser(user.name);
  if (!user.isThere) return [`a user of its own: sudo useradd --system --shell /usr/sbin/nologin ${user.name}`];
  const closed = [node, program].find((file) => !user.canRead(file));
  if (closed === undefined) return [];
  const hint = 'let that user pass its folders (chmod o+x), or install the program where everybody reads it';
  throw invalid('out_of_reach', `${user.name} can't read ${closed}`, hint);
}

function noUser(name: string): Failure {
  return invalid('no_user', `there is no user ${name} on this machine`, `make it: sudo useradd --system ${name}`);
}
