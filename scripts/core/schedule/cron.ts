import { invalid } from '../../errors';
import { checkPaths, refreshArguments, type Installation, type Job, type Units } from './job';
import { crontabTimes, sayRhythm } from './rhythm';

/** Vixie's cron takes no longer commands (MAX_COMMAND, less its end). */
const longestCommand = 998;

/**
 * Lines for the crontab of `job.user`, see crontab(5): sh runs the command, and a percent sign is a line break to cron
 * unless a backslash precedes it.
 * @throws Failure `invalid` for paths that a crontab can't carry
 */
export function cronUnits(place: Installation, job: Job): Units {
  const { node, program, project, environments } = place;
  checkPaths([node, program, project, environments]);
  const line = `${crontabTimes(job.rhythm)} ${cronEscaped(commandOf(place, job))}`;
  if (line.length > longestCommand) {
    throw invalid('long_command', 'the paths are too long for a crontab', 'move the project to a shorter path');
  }
  const text = [
    `# evergrant: refreshes every connection that is due, each ${sayRhythm(job.rhythm)}.`,
    '# Two runs at once would do no harm, the program locks each environment' +
      (place.hasFlock ? '; flock only spares the wait.' : '.'),
    '# Cron mails what is printed: what went wrong, and only when it differs from the last run. Where to:',
    '# MAILTO=you@example.com',
    'SHELL=/bin/sh',
    line,
    '',
  ].join('\n');
  const install = [
    `let ${job.user} have the environments: sudo chown -R ${job.user}: ${shellQuoted(environments)}`,
    `add this to its crontab: (sudo crontab -u ${job.user} -l; cat evergrant.crontab) | sudo crontab -u ${job.user} -`,
  ];
  return { files: [{ name: 'evergrant.crontab', text }], install };
}

/** Keeps what a run complained of beside the locks, to be silent about it the next time. */
function commandOf({ node, program, project, environments, hasFlock }: Installation, job: Job): string {
  const refresh = [node, program, ...refreshArguments(environments, job)].map(shellQuoted).join(' ');
  const steps = [
    `cd ${shellQuoted(project)}`,
    'umask 077',
    `s=${shellQuoted(environments)}/.evergrant`,
    'mkdir -p "$s"',
    ...(hasFlock ? ['exec 9>"$s/cron.lock"', 'flock -n 9'] : []),
  ];
  const said = 'cmp -s "$s/cron.new" "$s/cron.said" || { cat "$s/cron.new"; mv "$s/cron.new" "$s/cron.said"; }';
  return `${steps.join(' && ')} && { ${refresh} >/dev/null 2>"$s/cron.new"; ${said}; }`;
}

/** One word for sh: nothing but a single quote means anything within single quotes. */
export function shellQuoted(word: string): string {
  return /^[\w@:,./=+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A backslash of the path must not take cron's own from the percent sign: an empty quotation keeps them apart. */
function cronEscaped(command: string): string {
  return command.replaceAll(/(\\?)%/g, (_, backslash: string) => (backslash ? String.raw`\''\%` : String.raw`\%`));
}
