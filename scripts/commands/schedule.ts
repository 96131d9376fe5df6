import fs from 'node:fs';
import path from 'node:path';
import { Argument, type Command } from 'commander';
import { storeUrlOf, type Context } from '../context';
import { makeFolders } from '../environment/files/make-folders';
import { invalid, quoted, systemCode } from '../errors';
import { accountNamed, canRead } from '../owner/owners';
import { cronUnits } from '../schedule/cron';
import { containerfileUnits } from '../schedule/containerfile';
import { adviseUser } from '../schedule/cron-user';
import { installationHere, sharedInstallation } from '../schedule/installation';
import { parseInterval } from '../schedule/interval';
import { keepsAccessTokens, type Installation, type Job, type Units } from '../schedule/job';
import { kubernetesUnits } from '../schedule/kubernetes';
import { systemdUnits } from '../schedule/systemd';
import { systemDataFolder } from '../schedule/systemd-hardening';
import { windowsUnits } from '../schedule/windows';
import { command, type Run } from './options';

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
  /** The folder that was named, which may be one of another machine. */
  readonly namedFolder?: string | undefined;
  readonly version: string;
  readonly writeFolder?: string | undefined;
}

interface ScheduleFlags {
  readonly every?: string;
  readonly keepAlive?: boolean;
  readonly user?: string;
  readonly mailto?: string;
  readonly image?: string;
  readonly containerfile?: boolean;
  readonly maintenance?: boolean;
  readonly write?: string;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'schedule',
    'print the unit that refreshes all unattended: cron, systemd, kubernetes or windows',
    'schedule systemd --every 10m --write units',
  )
    .addArgument(scheduler())
    .option('--every <duration>', 'how often: 5m, 10m, 20m, 1h, 1d (default: 10m, with --keep-alive 1d)')
    .option('--keep-alive', 'only keep the connections from dying; tokens are refreshed when asked for')
    .option('--user <name>', 'whose job it is (default: evergrant)')
    .option('--mailto <address>', 'where cron sends what goes wrong (default: to that user)')
    .option('--image <name>', 'the image that kubernetes runs (default: evergrant and this version)')
    .option('--containerfile', 'the recipe of that image instead, for podman or docker')
    .option('--maintenance', 'for kubernetes a pod for people, too: consent, status, adopt')
    .option('--write <dir>', 'write files there, never over others, instead of printing')
    .action((kind: string, { every, keepAlive = false, user, mailto, image, write, ...flags }: ScheduleFlags) => {
      const version = program.version() ?? '';
      const { containerfile: isContainerfile = false, maintenance: isMaintained = false } = flags;
      const namedFolder = program.opts<{ environments?: string }>().environments;
      const ofImage = { image, isContainerfile, isMaintained, namedFolder };
      const options = {
        kind,
        every,
        isKeepAlive: keepAlive,
        user,
        mailTo: mailto,
        ...ofImage,
        version,
        writeFolder: write,
      };
      return run((context) => schedule(options, context));
    });
}

/** Any other word is refused by {@link schedule}, which says what there is. */
function scheduler(): Argument {
  const anyWord = (word: string): string => word;
  return new Argument('<scheduler>').choices(Object.keys(kinds)).argParser(anyWord);
}

type Make = (command: ScheduleCommand, job: Job, context: Context) => Units;

const kinds: Readonly<Record<string, Make>> = {
  cron: (asked, job, context) => cronUnitsFor(asked, job, installationOf(asked, context)),
  systemd: (asked, job, context) => systemdUnits(installationOf(asked, context), job),
  kubernetes: (asked, job, context) =>
    asked.isContainerfile ? containerfileUnits(asked.version) : kubernetesUnitsFor(asked, job, context),
  windows: (asked, job, context) => windowsUnits(installationOf(asked, context), job),
};

/** @throws Failure `invalid` for a user who can't run it */
function cronUnitsFor({ user }: ScheduleCommand, job: Job, place: Installation): Units {
  const account = accountNamed(job.user);
  const isThere = account !== undefined;
  const canReadIt = (file: string): boolean =>
    !isThere || account === 'unknown' || account.uid === 0 || canRead(account, file);
  const advice = adviseUser({ name: job.user, isThere, isNamed: user !== undefined, canRead: canReadIt }, place);
  const { files, install } = cronUnits(place, job);
  return { files, install: [...(place.isShared ? [] : advice), ...install] };
}

function kubernetesUnitsFor(asked: ScheduleCommand, job: Job, context: Context): Units {
  const { image, version, isMaintained, namedFolder: environments } = asked;
  const isShared = isInDatabase(context);
  const variables = context.variables();
  return kubernetesUnits(
    { image: image ?? `evergrant:${version}`, environments, isShared, isMaintained, variables },
    job,
  );
}

/** With a database, the same place on each machine, unless another was named. @throws Failure `invalid` */
function installationOf({ kind, namedFolder }: ScheduleCommand, context: Context): Installation {
  const { folder, variables } = context;
  if (!isInDatabase(context)) return installationHere(folder, variables());
  const usual = kind === 'windows' ? '.' : systemDataFolder;
  return sharedInstallation(namedFolder ?? usual, variables());
}

/** @throws Failure `invalid` for a text that is no URL of a database */
function isInDatabase(context: Context): boolean {
  const url = storeUrlOf(context);
  if (url === '') return false;
  const { checkUrl } = require('../environment/database/url') as typeof import('../environment/database/url');
  checkUrl(url);
  return true;
}

/** Prints the unit that runs `refresh --all` unattended, or writes it as files; how to install it goes to stderr. */
export async function schedule(command: ScheduleCommand, context: Context): Promise<number> {
  const make = Object.hasOwn(kinds, command.kind) ? kinds[command.kind] : undefined;
  if (make === undefined) {
    const hint = `there are ${Object.keys(kinds).join(', ')}`;
    throw invalid('bad_scheduler', `${quoted(command.kind)} is no scheduler`, hint);
  }
  const { files, install } = make(command, jobOf(command), context);
  if (command.writeFolder === undefined) {
    context.console.print(
      (command.isContainerfile ? files.slice(0, 1) : files) // the others are for files alone
        .map(({ text }) => text)
        .join('\n')
        .trimEnd(),
    );
  } else {
    writeFiles(files, command.writeFolder, context);
  }
  printNotes(command, install, context);
  return 0;
}

/** @throws Failure `invalid` for an option of another scheduler: if it were ignored, nobody would notice in time */
function jobOf({ kind, every, isKeepAlive, user, mailTo, image, isContainerfile, isMaintained }: ScheduleCommand): Job {
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
  const interval = parseInterval(every ?? (isKeepAlive ? '1d' : '10m'));
  return { interval, isKeepAlive, user: checkedUser(user ?? 'evergrant', kind), mailTo };
}

function misplaced(option: string, where: string): Error {
  return invalid('misplaced_option', `${option} is for ${where}`, `leave ${option} out`);
}

function checkedUser(user: string, kind: string): string {
  const isName = kind === 'windows' ? /^[^\p{C}"/[\]:;|=,+*?<>]{1,256}$/u : /^[a-z_][a-z0-9_-]{0,30}$/;
  if (isName.test(user)) return user;
  throw invalid('bad_user', 'that is no name of a user', 'write --user evergrant');
}

/** Never overwrites a file: when one of them exists, none is written. */
function writeFiles(files: Units['files'], folder: string, { console }: Context): void {
  const taken = files.map(({ name }) => path.join(folder, name)).find((file) => fs.existsSync(file));
  if (taken !== undefined) throw exists(taken);
  for (const { name, text } of files) {
    const file = path.join(folder, name);
    try {
      makeFolders(folder);
      fs.writeFileSync(file, text, { flag: 'wx' });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw exists(file);
      throw invalid(
        'not_writable',
        `cannot make ${file} (${systemCode(error) ?? 'unknown'})`,
        'name another folder',
        error,
      );
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

function printNotes(command: ScheduleCommand, install: Units['install'], { console }: Context): void {
  const job = jobOf(command);
  if (!keepsAccessTokens(job)) {
    console.say(
      'note: an access token lives for 30 minutes; between these runs, `token` refreshes it when it is asked',
    );
  }
  for (const step of install) console.say(`  → ${step}`);
}
