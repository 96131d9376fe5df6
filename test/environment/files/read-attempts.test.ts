import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { attemptsAt, lastAttempts } from '../../../scripts/environment/files/attempts/read-attempts';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
  fs.mkdirSync(path.join(folder, '.evergrant'));
});

function write(log: string, ...lines: string[]): void {
  fs.writeFileSync(path.join(folder, '.evergrant', log), lines.map((line) => `${line}\n`).join(''));
}

/** A log with a refresh, which must not be trusted. */
function plant(spoil: (log: string) => void): void {
  write('log.jsonl', line('acme', eleven, 'refreshed'));
  spoil(path.join(folder, '.evergrant', 'log.jsonl'));
}

function line(environment: string, at: string, outcome: string): string {
  const rest = { durationMs: 7, before: 'a1', after: 'b2', status: 200, correlation: null, error: null };
  return JSON.stringify({ at, environment, outcome, ...rest });
}

function outcomes(): Record<string, string> {
  const attempts = [...lastAttempts(folder)];
  return Object.fromEntries(attempts.map(([name, { at, outcome }]) => [name, `${at.toISOString()} ${outcome}`]));
}

const [nine, ten, eleven] = ['2026-11-22T09:00:00.000Z', '2026-11-22T10:00:00.000Z', '2026-11-22T11:00:00.000Z'];

describe('the last attempt at an environment', () => {
  test('is the newest of the log and the one before it, whatever the order of the lines', () => {
    write(
      'log.1.jsonl',
      line('acme', nine, 'refreshed'),
      line('birch', nine, 'busy'),
      line('cedar', eleven, 'refused'),
    );
    write('log.jsonl', line('acme', eleven, 'adopted'), line('acme', ten, 'not_due'), line('cedar', ten, 'not_saved'));
    expect(outcomes()).toEqual({ acme: `${eleven} adopted`, birch: `${nine} busy`, cedar: `${eleven} refused` });
  });

  test.each([
    ['there is no folder', () => fs.rmdirSync(path.join(folder, '.evergrant'))],
    ['there is no log', () => undefined],
    ['the log is empty', () => write('log.jsonl')],
    ['others may write the log', () => plant((log) => fs.chmodSync(log, 0o666))],
    [
      'the log is a link',
      () => plant((log) => (fs.renameSync(log, `${log}.real`), fs.symlinkSync(`${log}.real`, log))),
    ],
    ['the log is a folder', () => fs.mkdirSync(path.join(folder, '.evergrant', 'log.jsonl'))],
  ])('is unknown where %s', (_, make) => {
    make();
    expect(outcomes()).toEqual({});
  });

  test.each([
    ['cut off', line('acme', eleven, 'refreshed').slice(0, -9)],
    ['of another kind', '["acme"]'],
    ['no JSON', 'acme refreshed'],
    ['without a date', line('acme', 'today', 'refreshed')],
    ['with a date that is none', line('acme', '2026-13-45T10:00:00.000Z', 'refreshed')],
    ['with an outcome of another version', line('acme', eleven, 'teleported')],
    ['without a name', line('', eleven, 'refreshed').replace('"environment":"",', '')],
  ])('is not in a line that is %s', (_, bad) => {
    write('log.jsonl', line('acme', nine, 'refreshed'), bad, line('birch', ten, 'busy'));
    expect(outcomes()).toEqual({ acme: `${nine} refreshed`, birch: `${ten} busy` });
  });

  test('is looked for in the last eight megabytes only', () => {
    const filler = Array.from({ length: 8192 }, () => `{"filler":"${'山'.repeat(400)}"}`);
    write('log.jsonl', line('long-ago', nine, 'refreshed'), ...filler, line('acme', ten, 'refreshed'));
    expect(outcomes()).toEqual({ acme: `${ten} refreshed` });
  });
});

describe('all attempts at an environment', () => {
  const file = (): string => path.join(folder, 'acme.postman_environment.json');

  test('are those of every log, in the order in which they were made', () => {
    write('log.2.jsonl', line('acme', nine, 'refused'), line('acme2', nine, 'busy'));
    write('log.1.jsonl', line('acme', ten, 'connected'));
    write('log.jsonl', line('birch', eleven, 'refreshed'), line('acme', eleven, 'refreshed'));
    expect(attemptsAt('acme', path.dirname(file())).map(({ outcome }) => outcome)).toEqual([
      'refused',
      'connected',
      'refreshed',
    ]);
  });

  test('hold all that was written down, and nothing for what another version left out', () => {
    write(
      'log.jsonl',
      line('acme', nine, 'refreshed'),
      `{"at":"${ten}","environment":"acme","outcome":"busy","new":1}`,
    );
    const at = { environment: 'acme', tries: 0, generation: null, correlation: null, error: null, moved: null };
    expect(attemptsAt('acme', path.dirname(file()))).toEqual([
      { ...at, at: new Date(nine), outcome: 'refreshed', durationMs: 7, before: 'a1', after: 'b2', status: 200 },
      { ...at, at: new Date(ten), outcome: 'busy', durationMs: 0, before: null, after: null, status: null },
    ]);
  });

  test('are none where only a message names it', () => {
    write('log.jsonl', line('birch', nine, '"environment":"acme"'), 'acme');
    expect(attemptsAt('acme', path.dirname(file()))).toEqual([]);
  });
});
