import path from 'node:path';
import { isoDuration, formatInterval, spreadSeconds, type Interval } from './interval';
import {
  badPath,
  checkPaths,
  longestRunMinutes,
  refreshArguments,
  type Installation,
  type Job,
  type Units,
} from './job';
import { formatWithheld } from './network-variables';
import { adviseClients, adviseJob, serveArguments, usualPort, type Serving } from './serving';

/**
 * A task for Task Scheduler, in the XML of its schema 1.2. It is pure ASCII and names no encoding, so it stays valid if
 * a shell's `>` encodes it differently (UTF-16 in PowerShell 5).
 * @throws Failure `invalid` for paths that a task can't carry
 */
export function windowsUnits(place: Installation, job: Job): Units {
  const task = {
    description: `keeps the connections to Xero alive, each ${formatInterval(job.interval)}`,
    triggers: calendarText(job.interval),
    args: refreshArguments(place.environments, job),
    user: job.user,
    // A run that takes longer is ended; the next one goes on where it was.
    limit: `PT${longestRunMinutes}M`,
    settings: '',
  };
  return { files: [fileOf('evergrant', place, task)], install: adviceFor('evergrant', place, job.user) };
}

/**
 * A task that starts with the machine and stays: it listens on loopback, as a socket's file has no modes here.
 * @throws Failure `invalid` for paths that a task can't carry
 */
export function windowsServeUnits(place: Installation, serving: Serving): Units {
  const task = {
    description: 'hands out access tokens for Xero',
    triggers: bootText,
    args: serveArguments(place.environments, ['--listen', `127.0.0.1:${usualPort}`], serving),
    user: serving.user,
    limit: 'PT0S',
    settings: restartText,
  };
  const install = [
    ...adviseJob(serving, 'windows'),
    ...adviceFor('evergrant-serve', place, serving.user),
    'started at once: schtasks /Run /TN evergrant-serve',
    adviseClients,
  ];
  return { files: [fileOf('evergrant-serve', place, task)], install };
}

interface Task {
  readonly description: string;
  readonly triggers: string;
  readonly args: readonly string[];
  readonly user: string;
  /** How long it may run, as ISO 8601 has it; PT0S for ever. */
  readonly limit: string;
  /** More of its settings. */
  readonly settings: string;
}

function fileOf(name: string, place: Installation, task: Task): Units['files'][number] {
  const paths = [place.node, place.program, place.project, place.environments, place.key?.file ?? ''];
  checkPaths(paths);
  if (paths.some((path) => path.includes('"'))) throw badPath('has a quotation mark');
  // Task Scheduler expands both and has no escape for them.
  if (paths.some((path) => /%|\$\(/.test(path))) throw badPath('has a variable (% or "$(") to Task Scheduler');
  return { name: `${name}.xml`, text: taskText(place, task) };
}

function adviceFor(name: string, { project, isShared, network, key }: Installation, user: string): string[] {
  const settingsFile = path.win32.join(project, '.env');
  const settings = `for that user, into ${settingsFile}: EVERGRANT_STORE=postgres://…, and a password as PGPASSWORD=…`;
  return [
    ...(isShared ? [settings] : []),
    ...(key === undefined ? [] : adviseKey(key.file, settingsFile, user)),
    ...network.given.map(([variable, value]) => `for the task, too: setx /M ${variable} "${value}"`),
    ...formatWithheld(network, 'set it for that user, by setx'),
    `in a terminal of an administrator: schtasks /Create /TN ${name} /XML ${name}.xml`,
    `how it went, the exit code: schtasks /Query /TN ${name} /V /FO LIST`,
  ];
}

/** A task has no variables of its own: the file that the program reads has them. */
function adviseKey(file: string, settingsFile: string, user: string): string[] {
  return [
    `where the key is, into ${settingsFile}: EVERGRANT_KEY_FILE=${file}`,
    `its key, for that user alone: icacls "${file}" /inheritance:r /grant:r "${user}:R"`,
  ];
}

function taskText(place: Installation, task: Task): string {
  const args = [place.program, ...task.args].map(argument).join(' ');
  return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>evergrant: ${task.description}</Description>
  </RegistrationInfo>
  <Triggers>
${task.triggers}  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${xmlEscaped(task.user)}</UserId>
      <!-- Logged on or not, and no password is kept. -->
      <LogonType>S4U</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <!-- A run that still works is left alone: no second one starts. -->
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <!-- What was missed while the machine was off is made up for. -->
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>${task.limit}</ExecutionTimeLimit>
${task.settings}    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlEscaped(place.node)}</Command>
      <Arguments>${xmlEscaped(args)}</Arguments>
      <WorkingDirectory>${xmlEscaped(place.project)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`;
}

function calendarText(interval: Interval): string {
  return `    <CalendarTrigger>
${repetition(interval)}      <StartBoundary>2026-01-01T03:17:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT${spreadSeconds(interval)}S</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
`;
}

/** The repetition within a day; a daily task has none. */
function repetition(interval: Interval): string {
  if (interval.unit === 'day') return '';
  return `      <Repetition>
        <Interval>${isoDuration(interval)}</Interval>
        <Duration>P1D</Duration>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
`;
}

/** Quotes a word for CommandLineToArgvW: backslashes before the closing quotation mark are doubled. */
function argument(text: string): string {
  return /^[\w:.\\/-]+$/.test(text) ? text : `"${text.replace(/(?<!\\)\\+$/, '$&$&')}"`;
}

function xmlEscaped(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|[&<>"']/gu, (char) => `&#${char.codePointAt(0) ?? 0};`);
}

const bootText = `    <BootTrigger>
      <Enabled>true</Enabled>
      <Delay>PT30S</Delay>
    </BootTrigger>
`;

/** Elements in the order of the schema do not matter here: settings are a set (xs:all). */
const restartText = `    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
`;
