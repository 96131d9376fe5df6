import fs from 'node:fs';
import path from 'node:path';
import type { Context } from '../context';
import { invalid, quoted, systemCode } from '../errors';
import { cronUnits } from '../schedule/cron';
import { installationHere } from '../schedule/installation';
import { parseRhythm } from '../schedule/interval';
import { keepsAccessTokens, type Job, type Units } from '../schedule/job';
import { kubernetesUnits } from '../schedule/kubernetes';
import { systemdUnits } from '../schedule/systemd';
import { windowsUnits } from '../schedule/windows';

export interface ScheduleCommand {
  readonly kind: string;
  readonly every?: string;
  readonly isKeepAlive: boolean;
  readonly user?: string;
  readonly image?: string;
  readonly version: string;
  readonly writeFolder?: string;
}

type Make = (command: ScheduleCommand, job: Job, folder: string) => Units;

const kinds: Readonly<Record<string, Make>> = {
  cron: (_, job, folder) => cronUnits(installationHere(folder), job),
  systemd: (_, job, folder) => systemdUnits(installationHere(folder), job),
  kubernetes: ({ image, version }, job, environments) =>
    kubernetesUnits({ image: image ?? `evergrant:${version}`, environments }, job),
  windows: (_, job, folder) => windowsUnits(installationHere(folder), job),
};

/** Prints the unit that runs `refresh --all` unattended, or writes it as files; how to install it goes to stderr. */
export async function schedule(command: ScheduleCommand, context: Context): Promise<number> {
  const make = Object.hasOwn(kinds, command.kind) ? kinds[command.kind] : undefined;
  if (make === undefined) {
    const hint = `there are ${Object.keys(kinds).join(', ')}`;
    throw invalid('bad_scheduler', `${quoted(command.kind)} is no scheduler`, hint);
  }
  const { files, install } = make(command, jobOf(command), context.folder);
  if (command.writeFolder === undefined) {
    context.console.print(
      files
        .map(({ text }) => text)
        .join('\n')
        .trimEnd(),
    );
  } else {
    write(files, command.writeFolder, context);
  }
  sayNotes(command, install, context);
  return 0;
}

/** What is about another scheduler is refused: ignored, it would be missed only when it is needed. */
function jobOf({ kind, every, isKeepAlive, user, image }: ScheduleCommand): Job {
  if (image !== undefined && kind !== 'kubernetes') throw misplaced('--image', 'kubernetes');
  if (image !== undefined && !/^[\w][\w.:/@-]{0,254}$/.test(image)) {
    throw invalid('bad_image', 'that is no name of an image', 'write --image registry.example.com/evergrant:1.0');
  }
  if (user !== undefined && kind === 'kubernetes') throw misplaced('--user', 'cron, systemd and windows');
  const rhythm = parseRhythm(every ?? (isKeepAlive ? '1d' : '10m'));
  return { rhythm, isKeepAlive, user: checkedUser(user ?? 'evergrant', kind) };
}

function misplaced(option: string, where: string): Error {
  return invalid('misplaced_option', `${option} is for ${where}`, `leave ${option} out`);
}

function checkedUser(user: string, kind: string): string {
  const isName = kind === 'windows' ? /^[^\p{C}"/[\]:;|=,+*?<>]{1,256}$/u : /^[a-z_][a-z0-9_-]{0,30}$/;
  if (isName.test(user)) return user;
  throw invalid('bad_user', 'that is no name of a user', 'write --user evergrant');
}

/** All or nothing as far as can be seen before; a file that is there is never overwritten. */
function write(files: Units['files'], folder: string, { console }: Context): void {
  const taken = files.map(({ name }) => path.join(folder, name)).find((file) => fs.existsSync(file));
  if (taken !== undefined) throw exists(taken);
  for (const { name, text } of files) {
    const file = path.join(folder, name);
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(file, text, { flag: 'wx' });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw exists(file);
      throw invalid('not_writable', `cannot make ${file} (${systemCode(error)})`, 'name another folder', error);
    }
    console.print(file);
  }
}

function exists(file: string): Error {
  return invalid(
    'exists',
    `${file} is there already, and schedule never overwrites`,
    'remove it, or name another folder',
  );
}

function sayNotes(command: ScheduleCommand, install: Units['install'], { console }: Context): void {
  const job = jobOf(command);
  if (!keepsAccessTokens(job)) {
    console.say(
      'note: an access token lives for 30 minutes; between these runs, `token` refreshes it when it is asked',
    );
  }
  for (const step of install) console.say(`  → ${step}`);
}
