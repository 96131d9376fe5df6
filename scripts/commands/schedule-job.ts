import { invalid } from '../errors';
import { parseInterval } from '../schedule/interval';
import type { Job } from '../schedule/job';
import type { Serving } from '../schedule/serving';

export interface ScheduleCommand {
  readonly kind: string;
  readonly every?: string | undefined;
  readonly isKeepAlive: boolean;
  readonly user?: string | undefined;
  /** Where cron's mail goes. */
  readonly mailTo?: string | undefined;
  readonly image?: string | undefined;
  /** The recipe of the image instead. */
  readonly isContainerfile: boolean;
  /** A pod for people, too. */
  readonly isMaintained: boolean;
  /** Whether the job is given the key of sealed secrets. */
  readonly isSealed: boolean;
  /** The folder that was named, which may be one of another machine. */
  readonly namedFolder?: string | undefined;
  /** A server, in place of the job. */
  readonly serving: ServingFlags | undefined;
  readonly version: string;
  readonly writeFolder?: string | undefined;
}

/** The flags of a server that stays. */
export interface ServingFlags {
  readonly serve?: true;
  readonly refresh?: true | undefined;
  readonly callback?: true | undefined;
  readonly group?: string | undefined;
  readonly replicas?: number | undefined;
}

/** @throws Failure `invalid` for a flag of a server without one */
export function servingFlags({ serve, refresh, callback, group, replicas }: ServingFlags): ServingFlags | undefined {
  const given = { refresh, callback, group, replicas };
  const [stray] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (serve !== true && stray !== undefined) throw misplaced(`--${stray}`, '--serve');
  return serve === undefined ? undefined : { serve, ...given };
}

/** @throws Failure `invalid` for an option of another scheduler: if it were ignored, nobody would notice in time */
export function jobOf(command: ScheduleCommand): Job {
  checkOptions(command);
  const { kind, every, isKeepAlive, user, mailTo } = command;
  const interval = parseInterval(every ?? (isKeepAlive ? '1d' : '10m'));
  return { interval, isKeepAlive, user: checkedUser(user ?? 'evergrant', kind), mailTo };
}

/** @throws Failure `invalid` for an option of another scheduler */
function checkOptions({ kind, user, mailTo, image, isContainerfile, isMaintained, isSealed }: ScheduleCommand): void {
  if (isSealed && isContainerfile) throw misplaced('--sealed', 'what runs; no image has a key');
  if (isContainerfile && kind !== 'kubernetes') throw misplaced('--containerfile', 'kubernetes');
  if (isMaintained && kind !== 'kubernetes') throw misplaced('--maintenance', 'kubernetes');
  if (mailTo !== undefined && kind !== 'cron') throw misplaced('--mailto', 'cron');
  if (mailTo !== undefined && !/^[\w.+-]{1,64}(@[\w.-]{1,253})?(,[\w.+-]{1,64}(@[\w.-]{1,253})?)*$/.test(mailTo)) {
    throw invalid('bad_address', 'that is no address for mail', 'write --mailto you@example.com');
  }
  if (image !== undefined && kind !== 'kubernetes') throw misplaced('--image', 'kubernetes');
  if (image !== undefined && !/^[\w][\w.:/@-]{0,254}$/.test(image)) {
    throw invalid('bad_image', 'that is no name of an image', 'write --image registry.example.com/evergrant:1.0');
  }
  if (user !== undefined && kind === 'kubernetes') throw misplaced('--user', 'cron, systemd and windows');
}

function misplaced(option: string, where: string): Error {
  return invalid('misplaced_option', `${option} is for ${where}`, `leave ${option} out`);
}

function checkedUser(user: string, kind: string): string {
  const isName = kind === 'windows' ? /^[^\p{C}"/[\]:;|=,+*?<>]{1,256}$/u : /^[a-z_][a-z0-9_-]{0,30}$/;
  if (isName.test(user)) return user;
  throw invalid('bad_user', 'that is no name of a user', 'write --user evergrant');
}

/**
 * The server that was asked for; undefined for the job.
 * @throws Failure `invalid` for an option of another scheduler, or of the job
 */
export function servingOf(command: ScheduleCommand, canServe: boolean, isShared: boolean): Serving | undefined {
  const { kind, serving, user, every, isKeepAlive, isContainerfile } = command;
  if (serving === undefined) return undefined;
  if (!canServe) throw misplaced('--serve', 'systemd, kubernetes and windows');
  if (every !== undefined || isKeepAlive) throw misplaced(isKeepAlive ? '--keep-alive' : '--every', 'the job');
  if (isContainerfile) throw misplaced('--serve', 'the server; its image is that of the job');
  if (serving.group !== undefined && kind !== 'systemd') throw misplaced('--group', 'systemd');
  if (serving.replicas !== undefined && kind !== 'kubernetes') throw misplaced('--replicas', 'kubernetes');
  checkOptions(command);
  const { group, replicas = isShared ? 2 : 1 } = serving;
  if (group !== undefined && !/^[a-z_][a-z0-9_-]{0,30}$/.test(group)) {
    throw invalid('bad_group', 'that is no name of a group', 'write --group www-data');
  }
  const [isRefreshing, hasCallback] = [serving.refresh === true, serving.callback === true];
  return { user: checkedUser(user ?? 'evergrant', kind), isRefreshing, hasCallback, group, replicas };
}
