import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { writeAttempt } from '../../../scripts/environment/files/attempts/attempt-log';
import { attemptsAt } from '../../../scripts/environment/files/attempts/read-attempts';
import type { Attempt } from '../../../scripts/history/attempt';

let folder: string;

beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'))));

const logOf = (name = 'log.jsonl'): string => path.join(folder, '.evergrant', name);

function attempt(generation: number): Attempt {
  const at = new Date(Date.UTC(2026, 10, 22, 9, 0, generation));
  const tokens = { before: 'a1', after: 'b2', status: 200, correlation: null, error: null, moved: null };
  return { at, environment: 'acme', outcome: 'refreshed', durationMs: 7, tries: 1, generation, ...tokens };
}

/** Makes the log as large as it may be, without filling the disk. */
function fill(log: string): void {
  fs.truncateSync(log, 32 * 1024 * 1024);
}

describe('the log', () => {
  test('has a line for each attempt, is for its owner only, and is ignored by git', () => {
    for (const generation of [1, 2]) writeAttempt(folder, attempt(generation));
    expect(
      fs
        .readFileSync(logOf(), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as object),
    ).toEqual([attempt(1), attempt(2)].map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })));
    expect(fs.statSync(logOf()).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(logOf())).mode & 0o777).toBe(0o700);
    expect(fs.readFileSync(logOf('.gitignore'), 'utf8')).toBe('*\n');
  });

  test.each<[string, (log: string, target: string) => void]>([
    ['a link', (log, target) => fs.symlinkSync(target, log)],
    ['open for others to write', (log) => (fs.writeFileSync(log, 'theirs\n'), fs.chmodSync(log, 0o666))],
  ])('is left alone where it is %s', (_, plant) => {
    const target = path.join(folder, 'target');
    fs.writeFileSync(target, 'untouched');
    fs.mkdirSync(path.dirname(logOf()));
    plant(logOf(), target);
    const before = fs.readFileSync(logOf(), 'utf8');
    writeAttempt(folder, attempt(1));
    expect([fs.readFileSync(target, 'utf8'), fs.readFileSync(logOf(), 'utf8')]).toEqual(['untouched', before]);
    expect(attemptsAt('acme', folder)).toEqual([]);
  });

  test('is put aside when it is large, and the oldest of ten is removed', () => {
    for (let round = 0; round < 12; round++) {
      writeAttempt(folder, attempt(round));
      fs.appendFileSync(logOf(), `${JSON.stringify({ round })}\n`);
      fill(logOf());
      writeAttempt(folder, attempt(round));
      expect(fs.existsSync(logOf())).toBe(false);
    }
    const rounds = Array.from({ length: 9 }, (_, at) => fs.readFileSync(logOf(`log.${at + 1}.jsonl`), 'utf8'));
    expect(rounds.map((text) => /"round":(\d+)/.exec(text)?.[1])).toEqual([
      '11',
      '10',
      '9',
      '8',
      '7',
      '6',
      '5',
      '4',
      '3',
    ]);
    expect(fs.readdirSync(path.dirname(logOf())).toSorted()).toEqual(
      ['.gitignore', 'log.jsonl.lock', ...rounds.map((_, at) => `log.${at + 1}.jsonl`)].toSorted(),
    );
  });

  test('stops nothing when it cannot be written', () => {
    fs.mkdirSync(logOf(), { recursive: true });
    expect(() => writeAttempt(folder, attempt(1))).not.toThrow();
    fs.rmSync(path.dirname(logOf()), { recursive: true });
    fs.writeFileSync(path.dirname(logOf()), 'a file');
    expect(() => writeAttempt(folder, attempt(1))).not.toThrow();
  });

  test('goes on after a line that was cut off', () => {
    writeAttempt(folder, attempt(1));
    fs.appendFileSync(logOf(), '{"at":"2026-');
    writeAttempt(folder, attempt(2));
    writeAttempt(folder, attempt(3));
    expect(attemptsAt('acme', folder).map(({ generation }) => generation)).toEqual([1, 2, 3]);
  });
});
