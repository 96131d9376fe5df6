import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Installation, Job, Units } from '../../scripts/schedule/job';
import { windowsServeUnits, windowsUnits } from '../../scripts/schedule/windows';
import { hostileName, jobOf, plainPlace, servingOf, unspeakable } from './places';

const here: Installation = {
  ...plainPlace,
  node: 'C:\\Program Files\\nodejs\\node.exe',
  program: 'C:\\evergrant\\dist\\cli.js',
  project: 'C:\\evergrant',
  environments: 'C:\\evergrant\\environments',
};

function taskOf(place: Installation, job: Job = jobOf('10m')): (name: string) => string | undefined {
  return read(windowsUnits(place, job));
}

function read({ files }: Units): (name: string) => string | undefined {
  const text = files[0]?.text ?? '';
  expect(text).toMatch(/^[\n\x20-\x7e]+$/);
  const parser = new DOMParser({ onError: (_, message) => expect.fail(message) });
  const task = parser.parseFromString(text, 'text/xml');
  return (name) => task.getElementsByTagName(name)[0]?.textContent ?? undefined;
}

/** The words of a command line as CommandLineToArgvW reads them: backslashes escape only before a quotation mark. */
function asWindowsReads(line: string): string[] {
  const words = [...line.matchAll(/"((?:[^"\\]|\\+[^"\\]|(?:\\\\)+(?="))*)"|([^\s"]+)/gu)];
  return words.map(([, inside, plain]) => inside?.replace(/\\+$/, (all) => all.slice(all.length / 2)) ?? plain ?? '');
}

describe('the task', () => {
  test('never runs twice at once, has few rights and ends', () => {
    const task = taskOf(here, jobOf('10m', { user: 'SHOP\\O’Neill & Sons' }));
    const names = ['MultipleInstancesPolicy', 'RunLevel', 'ExecutionTimeLimit', 'Interval', 'UserId'];
    expect(names.map(task)).toEqual(['IgnoreNew', 'LeastPrivilege', 'PT30M', 'PT10M', 'SHOP\\O’Neill & Sons']);
  });

  test('has no repetition when it is daily', () => {
    expect(taskOf(here, jobOf('1d'))('Repetition')).toBeUndefined();
  });

  test('quotes every path, whatever a folder is called on Windows', () => {
    const name = hostileName.map((text) => text.replaceAll(/[%"<>|?*:\\]/g, '').replaceAll(/\$+\(/g, '('));
    fc.assert(
      fc.property(name, fc.constantFrom('', '\\', '\\\\'), (folder, end) => {
        const project = `C:\\a ${folder}`;
        const place = { ...here, program: `${project}\\cli.js`, project, environments: `${project}${end}` };
        const task = taskOf(place);
        expect([task('Command'), task('WorkingDirectory')]).toEqual([here.node, project]);
        const words = [place.program, '--environments', place.environments, 'refresh', '--all'];
        expect(asWindowsReads(task('Arguments') ?? '')).toEqual(words);
      }),
    );
  });

  test.each([...unspeakable, 'C:\\%TEMP%', 'C:\\a"b', 'C:\\$(Arg0)'])('is refused for a path like %j', (project) => {
    expect(() => windowsUnits({ ...here, project }, jobOf('10m'))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_path' }),
    );
  });
});

test('a task over sealed secrets finds its key by .env, as it has no variables of its own', () => {
  const place: Installation = { ...here, key: { file: 'D:\\the keys\\evergrant.key', credential: 'encrypted' } };
  for (const { install } of [windowsUnits(place, jobOf('10m')), windowsServeUnits(place, servingOf())]) {
    expect(install).toContain(
      'where the key is, into C:\\evergrant\\.env: EVERGRANT_KEY_FILE=D:\\the keys\\evergrant.key',
    );
    expect(install).toContain(
      'its key, for that user alone: icacls "D:\\the keys\\evergrant.key" /inheritance:r /grant:r "evergrant:R"',
    );
  }
});

describe('the task of a server', () => {
  const serving = servingOf({ isRefreshing: true, hasCallback: true, user: 'DOMAIN\\evergrant' });
  const task = read(windowsServeUnits(here, serving));

  test('starts with the machine, stays, and is started again', () => {
    expect(task('BootTrigger')).toBeDefined();
    expect(task('CalendarTrigger')).toBe(undefined);
    expect([task('ExecutionTimeLimit'), task('RestartOnFailure')?.replaceAll(/\s/g, '')]).toEqual(['PT0S', 'PT1M999']);
    expect([task('UserId'), task('LogonType')]).toEqual(['DOMAIN\\evergrant', 'S4U']);
  });

  test('hands out tokens over HTTP on loopback', () => {
    expect(asWindowsReads(task('Arguments') ?? '').slice(1)).toEqual([
      ...['--environments', here.environments, 'serve', '--listen', '127.0.0.1:8099', '--refresh', '--callback'],
    ]);
  });

  test('is refused for paths that no task can carry', () => {
    expect(() => windowsServeUnits({ ...here, project: 'C:\\%x%' }, serving)).toThrow(
      expect.objectContaining({ code: 'bad_path' }),
    );
  });
});
