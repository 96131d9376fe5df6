import fc from 'fast-check';
import { parseInterval } from '../../scripts/schedule/interval';
import type { Installation, Job } from '../../scripts/schedule/job';
import type { Serving } from '../../scripts/schedule/serving';

export const plainPlace: Installation = {
  node: '/usr/bin/node',
  program: '/srv/evergrant/dist/cli.js',
  code: '/srv/evergrant',
  project: '/srv/evergrant',
  environments: '/srv/evergrant/environments',
  isShared: false,
  network: { given: [], withheld: [] },
  hasFlock: true,
  hasTimeout: true,
};

export function jobOf(every: string, changes: Partial<Job> = {}): Job {
  return { interval: parseInterval(every), isKeepAlive: false, user: 'evergrant', ...changes };
}

export function servingOf(changes: Partial<Serving> = {}): Serving {
  return { user: 'evergrant', isRefreshing: false, hasCallback: false, group: undefined, replicas: 1, ...changes };
}

const marks = [
  ...Array.from('%\\"\'$`!#&|;<>(){}[]*?~:,= é日😀'),
  'a',
  '%h',
  '%%',
  '\\%',
  '\\\\',
  "''",
  '${HOME}',
  '$$',
  '--',
];

/** Names of folders that mean something to a shell, cron, systemd, YAML or XML, and end in a plain letter. */
export const hostileName = fc
  .array(fc.constantFrom(...marks), { minLength: 1, maxLength: 12 })
  .map((parts) => `${parts.join('')}z`);

/** What no unit can carry, on any line. */
export const unspeakable = ['/srv/a\nb', '/srv/a\rb', '/srv/a\tb', '/srv/a\u0000b', '/srv/a\u2028b', '/srv/a\uFFFDb'];
