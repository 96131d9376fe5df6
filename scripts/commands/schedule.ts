import fs from 'node:fs';
import path from 'node:path';
import { Argument, type Command } from 'commander';
import { storeOf, storeUrlOf, type Context } from '../context';
import { makeFolders } from '../environment/files/make-folders';
import { refuseForeignLinks } from '../environment/files/trust';
import { invalid, quoted, systemCode } from '../errors';
import { accountNamed, canRead } from '../owner/owners';
import { cronUnits } from '../schedule/cron';
import { containerfileUnits } from '../schedule/containerfile';
import { adviseUser, type CronUser } from '../schedule/cron-user';
import { installationHere, keyPlaceHere, sharedInstallation } from '../schedule/installation';
import { keepsAccessTokens, type Installation, type Job, type Units } from '../schedule/job';
import { kubernetesUnits } from '../schedule/kubernetes';
import type { ImagePlace } from '../schedule/kubernetes-pod';
import { kubernetesServeUnits } from '../schedule/kubernetes-serve';
import type { Serving } from '../schedule/serving';
import { systemdUnits } from '../schedule/systemd';
import { systemDataFolder } from '../schedule/systemd-hardening';
import { systemdServeUnits } from '../schedule/systemd-serve';
import { windowsServeUnits, windowsUnits } from '../schedule/windows';
import { keyVariables } from '../sealing/key-source';
import { shellQuoted } from '../text/shell';
import { command, wholeNumber, type Run } from './options';
import { jobOf, servingFlags, servingOf, type ScheduleCommand, type ServingFlags } from './schedule-job';

interface ScheduleFlags extends ServingFlags {
  readonly every?: string;
  readonly keepAlive?: boolean;
  readonly user?: string;
  readonly mailto?: string;
  readonly image?: string;
  readonly containerfile?: boolean;
  readonly maintenance?: boolean;
  readonly sealed?: boolean;
  readonly write?: string;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'schedule',
    'print the unit that refreshes all, or serves tokens, unattended: cron, systemd, kubernetes or windows',
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
    .option('--sealed', 'give it the key of secrets that are sealed at rest')
    .option('--serve', 'a server instead, which hands out access tokens (serve)')
    .option('--refresh', 'with --serve: it refreshes everything, too, in place of the job')
    .option('--callback', 'with --serve: it serves the callback page, too')
    .option('--group <group>', 'with --serve: who may use its unix socket (default: the group of that user)')
    .addOption(wholeNumber('--replicas <number>', 'with --serve: how many pods, over a database (default: 2)', 100))
    .option('--write <dir>', 'write files there, never over others, instead of printing')
    .action((kind: string, { every, keepAlive = false, user, mailto, image, write, ...flags }: ScheduleFlags) => {
      const version = program.version() ?? '';
      const {
        containerfile: isContainerfile = false,
        maintenance: isMaintained = false,
        sealed: isSealed = false,
      } = flags;
      const namedFolder = program.opts<{ environments?: string }>().environments;
      const ofImage = { image, isContainerfile, isMaintained, isSealed, namedFolder };
      const options = {
        kind,
        every,
        isKeepAlive: keepAlive,
        user,
        mailTo: mailto,
        serving: servingFlags(flags),
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

interface Kind {
  job(command: ScheduleCommand, job: Job, context: Context): Units;
  /** Undefined where no server can be had. */
  readonly server?: (command: ScheduleCommand, serving: Serving, context: Context) => Units;
}

const kinds: Readonly<Record<string, Kind>> = {
  cron: {
    job: (asked, job, context) => cronUnitsFor(asked, job, installationOf(asked, context)),
  },
  systemd: {
    job: (asked, job, context) => {
      const place = installationOf(asked, context);
      return systemdUnits(place, { ...job, isThere: isUserThere(job.user, place) });
    },
    server: (asked, serving, context) => {
      const place = installationOf(asked, context);
      return systemdServeUnits(place, { ...serving, isThere: isUserThere(serving.user, place) });
    },
  },
  kubernetes: {
    job: (asked, job, context) =>
      asked.isContainerfile ? containerfileUnits(asked.version) : kubernetesUnits(imageOf(asked, context), job),
    server: (asked, serving, context) => kubernetesServeUnits(imageOf(asked, context), serving),
  },
  windows: {
    job: (asked, job, context) => windowsUnits(installationOf(asked, context), job),
    server: (asked, serving, context) => windowsServeUnits(installationOf(asked, context), serving),
  },
};

/** Whether the user of a service is there. @throws Failure `invalid` for one who can't run it */
function isUserThere(name: string, place: Installation): boolean {
  const advice = adviseUser({ ...cronUser(name), isNamed: false }, place); // units may be for another machine
  return advice.length === 0 && accountNamed(name) !== 'unknown';
}

function cronUser(name: string): Omit<CronUser, 'isNamed'> {
  const account = accountNamed(name);
  const isThere = account !== undefined;
  const canReadIt = (file: string): boolean =>
    !isThere || account === 'unknown' || account.uid === 0 || canRead(account, file);
  return { name, isThere, canRead: canReadIt };
}

/** @throws Failure `invalid` for a user who can't run it */
function cronUnitsFor({ user }: ScheduleCommand, asked: Job, place: Installation): Units {
  const named = cronUser(asked.user);
  const job = { ...asked, isThere: named.isThere };
  const advice = adviseUser({ ...named, isNamed: user !== undefined }, place);
  const { files, install } = cronUnits(place, job);
  return { files, install: [...(place.isShared ? [] : advice), ...install] };
}

function imageOf(asked: ScheduleCommand, context: Context): ImagePlace {
  const { image, version, isMaintained, isSealed, namedFolder: environments } = asked;
  const [isShared, variables] = [isInDatabase(context), context.variables()];
  return { image: image ?? `evergrant:${version}`, environments, isShared, isSealed, isMaintained, variables };
}

/** With a database, the same place on each machine, unless another was named. @throws Failure `invalid` */
function installationOf({ kind, namedFolder, isSealed }: ScheduleCommand, context: Context): Installation {
  const { folder, variables } = context;
  const key = isSealed ? keyPlaceHere(kind, context.env()) : undefined;
  if (!isInDatabase(context)) return { ...installationHere(folder, variables()), key };
  const usual = kind === 'windows' ? '.' : systemDataFolder;
  return { ...sharedInstallation(namedFolder ?? usual, variables()), key };
}

/** @throws Failure `invalid` for a text that is no URL of a database */
function isInDatabase(context: Context): boolean {
  const url = storeUrlOf(context);
  if (url === '') return false;
  const { checkUrl } = require('../environment/database/url') as typeof import('../environment/database/url');
  checkUrl(url);
  return true;
}

/** Prints the unit that runs `refresh --all` or `serve` unattended, or writes it as files; how to install it goes to stderr. */
export async function schedule(command: ScheduleCommand, context: Context): Promise<number> {
  const { files, install } = unitsOf(command, context);
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
  await noteSealing(command, context);
  const { writeFolder } = command;
  const steps = writeFolder === undefined ? install : install.map((step) => withFiles(step, files, writeFolder));
  printNotes(command, steps, context);
  return 0;
}

/** A step of installing with the paths of the files that were written. */
function withFiles(step: string, files: Units['files'], folder: string): string {
  return files.reduce(
    (text, { name }) => {
      const file = shellQuoted(path.join(folder, name));
      return text.replaceAll(`DIR/${name}`, file).replaceAll(`cat ${shellQuoted(name)}`, `cat ${file}`);
    },
    step.replace(', written by --write DIR', ''),
  );
}

/** @throws Failure `invalid` for what is no scheduler, or can't have a server */
function unitsOf(command: ScheduleCommand, context: Context): Units {
  const kind = Object.hasOwn(kinds, command.kind) ? kinds[command.kind] : undefined;
  if (kind === undefined) {
    const hint = `there are ${Object.keys(kinds).join(', ')}`;
    throw invalid('bad_scheduler', `${quoted(command.kind)} is no scheduler`, hint);
  }
  const serving = servingOf(command, kind.server !== undefined, isInDatabase(context));
  if (serving === undefined || kind.server === undefined) return kind.job(command, jobOf(command), context);
  return kind.server(command, serving, context);
}

/** Never overwrites a file: when one of them exists, none is written. */
function writeFiles(files: Units['files'], folder: string, { console }: Context): void {
  refuseForeignLinks(folder);
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

/** Says that the job will have no key, where the environments are files here whose secrets are sealed. */
async function noteSealing({ isSealed, kind }: ScheduleCommand, context: Context): Promise<void> {
  if (isSealed || kind === 'kubernetes' || isInDatabase(context)) return;
  const isInDotEnv = Boolean(context.env()[keyVariables.file]) && !context.variables()[keyVariables.file];
  if (isInDotEnv || (await storeOf(context).keyRing().sealing()) === undefined) return;
  context.console.say('note: secrets are sealed here, and this job has no key: --sealed gives it one');
}

function printNotes(command: ScheduleCommand, install: Units['install'], { console }: Context): void {
  if (command.serving === undefined && !keepsAccessTokens(jobOf(command))) {
    console.say(
      'note: an access token lives for 30 minutes; between these runs, `token` refreshes it when it is asked',
    );
  }
  for (const step of install) console.say(`  → ${step}`);
}
