import { invalid } from '../errors';
import { shellQuoted } from '../text/shell';
import { crontabTimes, formatInterval } from './interval';
import {
  adviseFolder,
  adviseSharedHost,
  badPath,
  checkPaths,
  longestRunMinutes,
  refreshArguments,
  type Installation,
  type Job,
  type Units,
} from './job';
import { adviseKeyFile } from './key-place';
import { formatWithheld } from './network-variables';

/** The longest command that Vixie's cron accepts (MAX_COMMAND minus its terminator). */
const longestCommand = 998;

/**
 * Lines for the crontab of `job.user`, see crontab(5): sh runs the command, and cron reads a percent sign as a line
 * break unless a backslash precedes it.
 * @throws Failure `invalid` for paths that a crontab can't carry
 */
export function cronUnits(place: Installation, job: Job): Units {
  const { node, program, project, environments, key } = place;
  checkPaths([node, program, project, environments, key?.file ?? '']);
  if (key?.file.includes('"') === true) throw badPath('of the key has a quotation mark');
  const line = `${crontabTimes(job.interval)} ${cronEscaped(commandOf(place, job))}`;
  if (line.length > longestCommand) {
    throw invalid('long_command', 'the paths are too long for a crontab', 'move the project to a shorter path');
  }
  const text = [
    `# evergrant: refreshes every connection that is due, each ${formatInterval(job.interval)}.`,
    `# Two runs at once would do no harm, ${place.isShared ? 'here or on other hosts: each connection is claimed' : 'the program locks each environment'}` +
      (place.hasFlock ? '; flock only spares the wait.' : '.'),
    ...(place.hasFlock ? ['# Where one run holds its lock for over an hour, the next says so, once.'] : []),
    ...(place.hasTimeout ? [`# A run of over ${longestRunMinutes} minutes is stopped; the next goes on.`] : []),
    '# Cron mails what is printed: what went wrong, and only when it differs from the last run. Where to:',
    job.mailTo === undefined ? '# MAILTO=you@example.com' : `MAILTO=${job.mailTo}`,
    'SHELL=/bin/sh',
    ...place.network.given.map(([name, value]) => `${name}="${value}"`),
    ...(key === undefined ? [] : [`EVERGRANT_KEY_FILE="${key.file}"`]),
    line,
    '',
  ].join('\n');
  const owner = `let ${job.user} have the environments: sudo chown -R ${job.user}: ${shellQuoted(environments)}`;
  const install = [
    ...(place.isShared ? adviseSharedHost(place, job) : [owner]),
    ...adviseFolder(place),
    ...formatWithheld(place.network, 'write it into the crontab, above the line, where that user alone can read it'),
    ...adviseKeyFile(place, job.user),
    `add this to its crontab: (sudo crontab -u ${job.user} -l; cat evergrant.crontab) | sudo crontab -u ${job.user} -`,
  ];
  return { files: [{ name: 'evergrant.crontab', text }], install };
}

/**
 * The command of the line. It keeps a run's messages beside the locks, prints them only when they differ from the last
 * run's, and ends with the run's exit code. Each path is written once, because cron's lines are short.
 */
function commandOf({ node, program, project, environments, hasFlock, hasTimeout }: Installation, job: Job): string {
  const inProject = `${project.replace(/\/$/, '')}/`;
  const from = (path: string): string =>
    path.startsWith(inProject) ? `"$p"/${shellQuoted(path.slice(inProject.length))}` : shellQuoted(path);
  const words = refreshArguments(environments, job).map((word) => (word === environments ? '"$d"' : shellQuoted(word)));
  const limit = hasTimeout ? `timeout -k 60 ${longestRunMinutes * 60} ` : '';
  const refresh = `${limit}${from(node)} ${from(program)} ${words.join(' ')}`;
  const run = [
    `(cd "$p" && exec ${refresh}) >/dev/null 2>cron.new`,
    'e=$?',
    ...(hasTimeout ? [`case $e in 124|137) echo '${stopped}' >>cron.new;; esac`] : []),
    'cmp -s cron.new cron.said || { cat cron.new; mv cron.new cron.said; }',
    'exit $e',
  ].join('; ');
  const places = [`p=${shellQuoted(project)}`, `d=${from(environments)}`];
  const home = ['umask 077', 'mkdir -p "$d/.evergrant"', 'cd "$d/.evergrant"'];
  return [title, ...places, ...home, hasFlock ? underLock(run) : `{ ${run}; }`].join(' && ');
}

/** Does nothing. Cron's mails have the command as their subject, of which a person sees the beginning. */
const title = ': evergrant refresh';

const stopped = 'evergrant: a run took too long and was stopped';
const held = 'evergrant: a run has held cron.lock for over an hour';

/** Runs under a lock, whose file is as old as the run that holds it. The first run that finds it too old says so. */
function underLock(run: string): string {
  return [
    'exec 9>>cron.lock && if flock -n 9',
    `then touch cron.lock; rm -f cron.held; ${run}`,
    'elif [ ! -e cron.held ] && [ -n "$(find cron.lock -mmin +60)" ]',
    `then : >cron.held; echo '${held}'; exit 5`,
    'fi',
  ].join('; ');
}

/** Escapes percent signs. If the path has a backslash before one, an empty quotation separates it from cron's own. */
function cronEscaped(command: string): string {
  return command.replaceAll(/(\\?)%/g, (_, backslash: string) => (backslash ? String.raw`\''\%` : String.raw`\%`));
}
