import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { preallocate, writeDurably } from '../../../scripts/environment/disk/atomic-write';
import { isRoot, makeFolder, modeOf, nobody, startChild } from '../files/children';

let folder: string;
let target: string;
let temporary: string;

beforeEach(() => {
  folder = makeFolder();
  target = path.join(folder, 'target');
  temporary = path.join(folder, '.target.tmp');
});

const textOf = (file: string): string => fs.readFileSync(file, 'utf8');

describe('writing durably', () => {
  test.each([
    ['a new file', undefined],
    ['a shorter file', 'x'],
    ['a longer file', 'x'.repeat(100_000)],
  ])('leaves exactly the new text, for its owner only, in place of %s', (_, before) => {
    if (before !== undefined) fs.writeFileSync(target, before, { mode: 0o644 });
    writeDurably(target, 'new text, ü€😀', temporary);
    expect([textOf(target), modeOf(target), fs.readdirSync(folder)]).toEqual(['new text, ü€😀', 0o600, ['target']]);
  });

  test.each<[string, (victim: string) => void]>([
    ['a file', () => fs.writeFileSync(temporary, 'planted', { mode: 0o666 })],
    ['a link', (victim) => fs.symlinkSync(victim, temporary)],
    ['a link to nothing', (victim) => (fs.rmSync(victim), fs.symlinkSync(victim, temporary))],
  ])('never writes into what is already at the temporary file: %s', (_, plant) => {
    const victim = path.join(makeFolder(), 'victim');
    fs.writeFileSync(victim, 'precious');
    fs.writeFileSync(target, 'old');
    plant(victim);
    const planted = fs.lstatSync(temporary).ino;
    expect(() => writeDurably(target, 'new', temporary)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect([textOf(target), fs.lstatSync(temporary).ino]).toEqual(['old', planted]);
    expect(fs.existsSync(victim) ? textOf(victim) : 'precious').toBe('precious');
  });

  test('writes an empty text', () => {
    writeDurably(target, '', temporary);
    expect(textOf(target)).toBe('');
  });

  test('never changes the old file itself: a program that has it open reads the old text to its end', () => {
    fs.writeFileSync(target, 'old text');
    const reader = fs.openSync(target, 'r');
    writeDurably(target, 'new', temporary);
    expect(fs.readFileSync(reader, 'utf8')).toBe('old text');
    fs.closeSync(reader);
  });

  test('leaves the target as it was and no temporary file when the target cannot be replaced', () => {
    fs.mkdirSync(target);
    fs.writeFileSync(path.join(target, 'inside'), 'x');
    expect(() => writeDurably(target, 'new', temporary)).toThrow(expect.objectContaining({ syscall: 'rename' }));
    expect([fs.readdirSync(folder), fs.readdirSync(target)]).toEqual([['target'], ['inside']]);
  });

  test('fails when the folder is a file', () => {
    const below = path.join(target, 'below');
    fs.writeFileSync(target, 'old');
    expect(() => writeDurably(below, 'new', `${below}.tmp`)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(textOf(target)).toBe('old');
  });

  test.runIf(isRoot)('leaves a file to its owner when root writes it', () => {
    fs.writeFileSync(target, 'old');
    fs.chownSync(target, nobody, nobody);
    writeDurably(target, 'new', temporary);
    const { uid, gid } = fs.statSync(target);
    expect([uid, gid, modeOf(target)]).toEqual([nobody, nobody, 0o600]);
  });

  test('shows a reader the old text or the new one, and nothing between', async () => {
    const [old, latest] = ['a'.repeat(200_000), 'b'.repeat(100_000)];
    fs.writeFileSync(target, old);
    const writer = startChild(
      `const { writeDurably } = dist('environment/disk/atomic-write.js');
       const texts = ['b'.repeat(100000), 'a'.repeat(200000)];
       say('ready'); await next();
       for (let turn = 0; turn < 101; turn++) writeDurably(args[0], texts[turn % 2], args[1]);`,
      [target, temporary],
    );
    await writer.line();
    let isWriting = true;
    const ended = writer.ended.finally(() => (isWriting = false));
    writer.say('go');
    const seen = new Set<string>();
    while (isWriting) {
      seen.add(textOf(target));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toBe(0);
    expect([...seen].filter((text) => text !== old && text !== latest)).toEqual([]);
    expect(textOf(target)).toBe(latest);
  });

  test('killed at any moment leaves one whole text', async () => {
    const texts = ['a'.repeat(200_000), 'b'.repeat(100_000)];
    for (let round = 0; round < 5; round++) {
      const writer = startChild(
        `const { writeDurably } = dist('environment/disk/atomic-write.js');
         const texts = ['a'.repeat(200000), 'b'.repeat(100000)];
         for (let turn = 0; ; turn++) { writeDurably(args[0], texts[turn % 2], args[1] + '${round}.' + turn); if (turn === ${round * 3}) say('under way'); }`,
        [target, temporary],
      );
      await writer.line();
      writer.kill('SIGKILL');
      expect(await writer.ended).toBe('SIGKILL');
      expect(texts).toContain(textOf(target));
    }
  });
});

describe('preallocated space', () => {
  test('uses the disk, in a file for its owner only', () => {
    const space = preallocate(temporary, 100_000);
    expect([fs.statSync(temporary).size, modeOf(temporary)]).toEqual([100_000, 0o600]);
    expect(fs.statSync(temporary).blocks * 512).toBeGreaterThanOrEqual(100_000);
    space.cancel();
  });

  test.each([
    ['shorter than the space', 'short'],
    ['as long as the space', 'x'.repeat(1000)],
    ['longer than the space', 'x'.repeat(5000)],
    ['empty', ''],
  ])('holds a text that is %s, and nothing of the filler any more', (_, text) => {
    preallocate(temporary, 1000).keep(target, text);
    expect([textOf(target), fs.readdirSync(folder)]).toEqual([text, ['target']]);
  });

  test('is freed, once or twice', () => {
    const space = preallocate(temporary, 1000);
    space.cancel();
    space.cancel();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('removes nothing when it is freed after the text was kept', () => {
    const space = preallocate(temporary, 1000);
    space.keep(target, 'new');
    space.cancel();
    expect([textOf(target), fs.readdirSync(folder)]).toEqual(['new', ['target']]);
  });

  test('is refused when the disk is full, and leaves no file', async () => {
    const child = startChild(
      `const { preallocate } = dist('environment/disk/atomic-write.js');
       try { preallocate(args[0], 100000); say('reserved'); } catch (error) { say(error.code); }`,
      [temporary],
      { largestFileBytes: 50_000 },
    );
    expect([await child.line(), await child.ended, fs.readdirSync(folder)]).toEqual(['EFBIG', 0, []]);
  });
});

describe('a text that a full disk can’t take', () => {
  test('leaves the old text and no temporary file', async () => {
    fs.writeFileSync(target, 'old');
    const child = startChild(
      `const { writeDurably } = dist('environment/disk/atomic-write.js');
       try { writeDurably(args[0], 'x'.repeat(100000), args[1]); say('written'); } catch (error) { say(error.code); }`,
      [target, temporary],
      { largestFileBytes: 50_000 },
    );
    expect([await child.line(), await child.ended]).toEqual(['EFBIG', 0]);
    expect([textOf(target), fs.readdirSync(folder)]).toEqual(['old', ['target']]);
  });
});
