import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeLock, type Lock } from '../../../scripts/environment/files/lock';
import { makeFolder, modeOf, startChild, type Child } from './children';

let file: string;
const children: Child[] = [];

beforeEach(() => {
  file = path.join(makeFolder(), 'lock');
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.splice(0).map((child) => child.ended));
});

/** A process that takes the lock, says so, and keeps it until it is told to release it. */
function holder(waitMs: number): Child {
  const child = startChild(
    `const { takeLock } = dist('environment/files/lock.js');
     try {
       const lock = await takeLock(args[0], 'acme', Number(args[1]));
       say('held'); await next(); say('let go'); lock.release(); await next();
     } catch (error) { say(error.kind + ': ' + error.message); }
     process.exit(0);`,
    [file, String(waitMs)],
  );
  children.push(child);
  return child;
}

async function holding(): Promise<Child> {
  const child = holder(0);
  expect(await child.line()).toBe('held');
  return child;
}

const take = (waitMs: number): Promise<Lock> => takeLock(file, 'acme', waitMs);
const refusal = { kind: 'busy', code: 'locked', hint: 'run again, or wait longer with --wait 2m' };

describe('a lock', () => {
  test('held by another process is refused, naming the holder', async () => {
    const child = await holding();
    await expect(take(0)).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(
        new RegExp(
          `^acme is being refreshed by process ${child.pid} on ${os.hostname()}, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z \\(\\d+ s\\)$`,
        ),
      ),
    });
  });

  test('held by this process is refused to it, too', async () => {
    const lock = await take(0);
    await expect(take(0)).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining(`process ${process.pid} `),
    });
    lock.release();
    (await take(0)).release();
  });

  test('is free again as soon as its holder releases it', async () => {
    const child = await holding();
    child.say('let go');
    expect(await child.line()).toBe('let go');
    (await take(1000)).release();
  });

  test('is free again at once when its holder is killed', async () => {
    const child = await holding();
    child.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');
    (await take(0)).release();
  });

  test('is waited for, and acquired as soon as its holder is killed', async () => {
    const child = await holding();
    const waiting = take(20_000);
    child.kill('SIGKILL');
    const lock = await waiting;
    expect(lock.note.pid).toBe(process.pid);
    lock.release();
  });

  test('is waited for as long as allowed and no longer', async () => {
    await holding();
    const started = performance.now();
    await expect(take(300)).rejects.toMatchObject(refusal);
    const waitedMs = performance.now() - started;
    expect([waitedMs >= 190, waitedMs < 2000]).toEqual([true, true]);
  });

  test('is held by one process at a time, whoever asks', async () => {
    const first = await holding();
    const others = Array.from({ length: 4 }, () => holder(20_000));
    let holders = [first];
    const turns = others.map(async (child) => {
      expect(await child.line()).toBe('held');
      holders.push(child);
      expect(holders).toEqual([child]);
      letGo(child);
    });
    const letGo = (child: Child): void => {
      holders = holders.filter((one) => one !== child);
      child.say('let go');
    };
    await expect(take(0)).rejects.toMatchObject(refusal);
    letGo(first);
    await Promise.all(turns);
    (await take(1000)).release();
  });

  test('protects a counter that all its holders increase', async () => {
    const counter = path.join(path.dirname(file), 'count');
    fs.writeFileSync(counter, '0');
    const script = `const { takeLock } = dist('environment/files/lock.js');
      for (let turn = 0; turn < 20; turn++) {
        const lock = await takeLock(args[0], 'acme', 20000);
        const count = Number(fs.readFileSync(args[1], 'utf8'));
        await new Promise((resolve) => setImmediate(resolve));
        fs.writeFileSync(args[1], String(count + 1));
        lock.release();
      }
      process.exit(0);`;
    const counting = Array.from({ length: 4 }, () => startChild(script, [file, counter]));
    children.push(...counting);
    expect(await Promise.all(counting.map((child) => child.ended))).toEqual([0, 0, 0, 0]);
    expect(fs.readFileSync(counter, 'utf8')).toBe('80');
  });

  test('is a file for its owner only that stays where it is', async () => {
    const lock = await take(0);
    const { ino } = fs.statSync(file);
    lock.release();
    (await take(0)).release();
    expect([fs.statSync(file).ino, modeOf(file)]).toEqual([ino, 0o600]);
  });

  test('fails with the system’s error when its folder is a file', async () => {
    await expect(takeLock(path.join(file, 'below', 'lock'), 'acme', 0)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the note in a lock file', () => {
  test('says who holds it and since when', async () => {
    const before = Date.now();
    const lock = await take(0);
    const { pid, host, since, postponedUntil } = JSON.parse(fs.readFileSync(file, 'utf8')) as Lock['note'];
    expect([pid, host, postponedUntil]).toEqual([process.pid, os.hostname(), null]);
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
    lock.release();
  });

  test('gives the next holder what the last one wrote', async () => {
    const lock = await take(0);
    lock.annotate({ postponedUntil: '2026-11-22T10:00:00.000Z' });
    lock.release();
    const next = await take(0);
    expect(next.note.postponedUntil).toBe('2026-11-22T10:00:00.000Z');
    next.annotate({ postponedUntil: null });
    next.release();
    const last = await take(0);
    expect(last.note.postponedUntil).toBeNull();
    last.release();
  });

  test.each([
    ['empty', ''],
    ['no JSON', '{"pid":'],
    ['a list', '[]'],
    ['of other types', '{"pid":"x","host":1,"since":null,"postponedUntil":5}'],
    ['far too long', JSON.stringify({ pid: 1, host: 'x'.repeat(5000) })],
  ])('may be %s: the lock is still acquired', async (_, note) => {
    fs.writeFileSync(file, note);
    const lock = await take(0);
    expect(lock.note).toMatchObject({ pid: process.pid, postponedUntil: null });
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(lock.note);
    lock.release();
  });

  test('that is corrupt while the lock is held gives a refusal that names nobody', async () => {
    await holding();
    fs.writeFileSync(file, 'corrupt');
    await expect(take(0)).rejects.toMatchObject({ ...refusal, message: 'acme is being refreshed by process unknown' });
  });
});
