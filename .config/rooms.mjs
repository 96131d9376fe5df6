/**
 * The rooms of `scripts/`, the lowest first: each may use those before it, and none after it. A room within a room is one
 * of its own.
 */
export const rooms = [
  'errors.ts',
  'package-folder.ts',
  'given-file.ts',
  'text',
  'xero.ts',
  'terminal',
  'network',
  'owner',
  'history',
  'sealing',
  'environment',
  'environment/disk',
  'environment/files',
  'environment/database',
  'refresh',
  'newman',
  'report',
  'context.ts',
  'consent/server',
  'consent',
  'status',
  'status/page',
  'fleet',
  'manage',
  'hooks',
  'news',
  'monitoring',
  'run',
  'serve',
  'schedule',
  'lint/secrets',
  'lint/format',
  'lint/script',
  'lint',
  'root',
  'sandbox',
  'collection',
  'qa',
  'manual',
  'manual/completion',
  'commands',
  'commands/manual',
  'program.ts',
  'index.ts',
  'cli.ts',
  'man-pages.ts',
  'embed.ts',
  'package',
];

/** Rooms that only decide: what they know of the machine is handed to them. */
export const pureRooms = ['environment', 'refresh', 'consent', 'text', 'lint', 'schedule', 'manual'];

/** The files and rooms within them that look at the machine for them. */
export const doors = [
  'environment/disk',
  'environment/files',
  'environment/database',
  'consent/server',
  'lint/collection-file.ts',
  'schedule/installation.ts',
];
