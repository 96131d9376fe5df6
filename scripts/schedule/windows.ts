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

/**
 * A task for Task Scheduler, in the XML of its schema 1.2. It is pure ASCII and names no encoding, so it stays valid if
 * a shell's `>` encodes it differently (UTF-16 in PowerShell 5).
 * @throws Failure `invalid` for paths that a task can't carry
 */
export function windowsUnits(place: Installation, job: Job): Units {
  const { node, program, project, environments } = place;
  const paths = [node, program, project, environments];
  checkPaths(paths);
  if (paths.some((path) => path.includes('"'))) throw badPath('has a quotation mark');
  // Task Scheduler expands both and has no escape for them.
  if (paths.some((path) => /%|\$\(/.test(path))) throw badPath('has a variable (% or "$(") to Task Scheduler');
  const install = [
    ...(place.isShared
      ? [
          `for that user, into ${path.win32.join(project, '.env')}: EVERGRANT_STORE=postgres://…, and a password as PGPASSWORD=…`,
        ]
      : []),
    ...place.network.given.map(([name, value]) => `for the task, too: setx /M ${name} "${value}"`),
    ...formatWithheld(place.network, 'set it for that user, by setx'),
    'in a terminal of an administrator: schtasks /Create /TN evergrant /XML evergrant.xml',
    'how it went, the exit code: schtasks /Query /TN evergrant /V /FO LIST',
  ];
  return { files: [{ name: 'evergrant.xml', text: taskText(place, job) }], install };
}

function taskText(place: Installation, job: Job): string {
  const args = [place.program, ...refreshArguments(place.environments, job)].map(argument).join(' ');
  return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>evergrant: keeps the connections to Xero alive, each ${formatInterval(job.interval)}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
${repetition(job.interval)}      <StartBoundary>2026-01-01T03:17:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT${spreadSeconds(job.interval)}S</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${xmlEscaped(job.user)}</UserId>
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
    <!-- A run that takes longer is ended; the next one goes on where it was. -->
    <ExecutionTimeLimit>PT${longestRunMinutes}M</ExecutionTimeLimit>
    <Enabled>true</Enabled>
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
  return /^[\w:.\\/-]+$/.test(text) ? text : `"${text.replace(/\\+$/, '$&$&')}"`;
}

function xmlEscaped(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|[&<>"']/gu, (char) => `&#${char.codePointAt(0) ?? 0};`);
}
