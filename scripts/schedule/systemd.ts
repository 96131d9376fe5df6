import { shellQuoted } from '../text/shell';
import { calendarEvent, formatInterval, spreadSeconds } from './interval';
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
import { formatWithheld } from './network-variables';
import { sandboxLines, systemDataFolder } from './systemd-hardening';
import { adviseKey, keyLines } from './systemd-key';
import { lineValue, word } from './systemd-quote';

/**
 * A service and its timer, see systemd.service(5), systemd.exec(5), systemd.timer(5). The service is `oneshot`: a timer
 * that fires while it runs does not start a second one.
 * @throws Failure `invalid` for paths that a unit can't carry
 */
export function systemdUnits(place: Installation, job: Job): Units {
  const { node, program, code, project, environments, isShared } = place;
  checkPaths([node, program, code, project, environments, place.key?.file ?? '']);
  checkNode(node);
  const install = [
    ...(isShared ? adviseSharedHost(place, job) : adviseOwner(place, job)),
    ...adviseFolder(place),
    ...formatWithheld(
      place.network,
      'write it into /etc/evergrant.env, for root alone, and name that in the service: EnvironmentFile=/etc/evergrant.env',
    ),
    ...adviseKey(place, job.user),
    'the units, written by --write DIR: sudo cp DIR/evergrant.service DIR/evergrant.timer /etc/systemd/system/',
    'on: sudo systemctl daemon-reload && sudo systemctl enable --now evergrant.timer',
    'at boot, to wait for the clock: sudo systemctl enable systemd-time-wait-sync (where chrony keeps it: chrony-wait)',
    'what it said: journalctl -u evergrant',
  ];
  return {
    files: [
      { name: 'evergrant.service', text: serviceText(place, job) },
      { name: 'evergrant.timer', text: timerText(job) },
    ],
    install,
  };
}

/** @throws Failure `invalid` for a path that no unit can run */
export function checkNode(node: string): void {
  if (/["'\\]/.test(node)) throw badPath('of Node.js has a quotation mark or a backslash');
}

/** The user of a service on environments in files, unless it is there, and what it must own. */
export function adviseOwner(
  { environments }: Pick<Installation, 'environments'>,
  { user, isThere = false }: Pick<Job, 'user' | 'isThere'>,
): string[] {
  const owner = `which owns the environments: sudo chown -R ${user}: ${shellQuoted(environments)}`;
  return [
    ...(isThere ? [] : [`a user of its own: sudo useradd --system --shell /usr/sbin/nologin ${user}`]),
    ...(environments === systemDataFolder ? [] : [owner]),
  ];
}

function serviceText(place: Installation, job: Job): string {
  const words = [place.program, ...refreshArguments(place.environments, job)].map(word);
  return [
    '# /etc/systemd/system/evergrant.service',
    '[Unit]',
    'Description=evergrant: keeps the connections to Xero alive',
    '# At boot, what was missed is made up for at once: not before the clock is right.',
    'Wants=network-online.target time-sync.target',
    'After=network-online.target time-sync.target',
    ...(place.isShared ? assertSettings(place) : []),
    '',
    '[Service]',
    'Type=oneshot',
    ...processLines(place, job.user),
    '# The colon: a dollar sign in a path is no variable.',
    `ExecStart=:${[word(place.node), ...words].join(' ')}`,
    '# No answer from Xero (4), or somebody else at work (5): the next run mends it. 3, consent needed, is a failure.',
    'SuccessExitStatus=4 5',
    `# A run that takes longer is stopped, after the answer it waits for was saved; the next one goes on.`,
    `TimeoutStartSec=${longestRunMinutes}min`,
    'TimeoutStopSec=45s',
    '',
    ...sandboxLines(place),
    '',
  ].join('\n');
}

/** Lines of `[Service]`: as whom the program runs, where, and what it is given. */
export function processLines({ project, isShared, network, key }: Installation, user: string): string[] {
  return [
    `User=${user}`,
    isShared
      ? '# Its .env, for that user alone, names the database (EVERGRANT_STORE) and fills blank settings.'
      : '# What its .env sets fills blank settings; that user must be able to read it.',
    `WorkingDirectory=${lineValue(project)}`,
    ...network.given.map(([name, value]) => `Environment=${word(`${name}=${value}`)}`),
    ...keyLines({ key }),
  ];
}

/** Lines of `[Unit]` over a database. Without `.env`, the environments would be looked for in files. */
export function assertSettings({ project }: Installation): string[] {
  return [
    '# This unit is for any number of hosts, each with the same .env.',
    `AssertPathExists=${lineValue(project)}/.env`,
  ];
}

function timerText({ interval }: Job): string {
  return [
    '# /etc/systemd/system/evergrant.timer',
    '[Unit]',
    `Description=evergrant: each ${formatInterval(interval)}`,
    '',
    '[Timer]',
    `OnCalendar=${calendarEvent(interval)}`,
    '# Not in the same second as everybody else.',
    `RandomizedDelaySec=${spreadSeconds(interval)}s`,
    '# What was missed while the machine was off is made up for at once.',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n');
}
