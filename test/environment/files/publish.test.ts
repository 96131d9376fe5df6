import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { requireNew, writeWhole } from '../../../scripts/environment/files/publish';
import { tryReport, writeReport } from '../../../scripts/report/files';

let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
  file = path.join(folder, 'status.html');
});

function modeOf(one: string): string {
  return (fs.statSync(one).mode & 0o777).toString(8);
}

const page = (text: string): string => `<!doctype html>\n<title>${text}</title>\n`;
const textOf = (one: string): string => fs.readFileSync(one, 'utf8');

describe('a file for others to read', () => {
  test.each([
    ['page', 'status.html', page('old'), page('new'), '600'],
    ['metrics', 'status.prom', '# HELP evergrant_old x\n', '# HELP evergrant_new x\n', '644'],
    ['page', 'empty.htm', '', page('new'), '600'],
  ] as const)('with a %s has its mode, whatever was there before', (kind, name, old, text, mode) => {
    const written = path.join(folder, name);
    fs.writeFileSync(written, old, { mode: 0o666 });
    writeWhole(written, text, kind);
    expect([textOf(written), modeOf(written), fs.readdirSync(folder)]).toEqual([text, mode, [name]]);
  });

  test('is another file than the one before, so that who reads that one reads it whole', () => {
    fs.writeFileSync(file, page('old'));
    const reader = fs.openSync(file, 'r');
    writeWhole(file, page('new'), 'page');
    expect(fs.readFileSync(reader, 'utf8')).toBe(page('old'));
    fs.closeSync(reader);
  });

  test('is written behind a link, which stays', () => {
    const link = path.join(folder, 'link.html');
    fs.writeFileSync(file, page('old'));
    fs.symlinkSync('status.html', link);
    writeWhole(link, page('new'), 'page');
    expect([textOf(file), fs.readlinkSync(link)]).toEqual([page('new'), 'status.html']);
  });

  test.each([
    ['whose name ends otherwise', 'acme.postman_environment.json', page('old'), /whose name ends otherwise/],
    ['with something else in it', 'other.html', '{"values":[]}', /something else in it/],
  ])('takes no place of a file %s, not even behind a link', (_, name, text, problem) => {
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    fs.symlinkSync(name, file);
    for (const place of [file, path.join(folder, name)]) {
      expect(() => writeWhole(place, page('new'), 'page')).toThrow(problem);
    }
    expect([textOf(path.join(folder, name)), modeOf(path.join(folder, name))]).toEqual([text, '600']);
  });

  test.each([
    ['the file itself', (link: string) => link],
    ['a folder on the way', (link: string) => path.join(link, 'status.html')],
  ])('follows no link of another user: %s', (_, placeBehind) => {
    const [link, isFile] = [path.join(folder, 'link.html'), placeBehind('x') === 'x'];
    fs.writeFileSync(file, page('old'));
    fs.symlinkSync(isFile ? 'status.html' : '.', link);
    const lstat = fs.lstatSync;
    const owner = vi
      .spyOn(fs, 'lstatSync')
      .mockImplementation((one, ...more) =>
        one === link ? Object.assign(lstat(one), { uid: 4712 }) : lstat(one, ...(more as [])),
      );
    try {
      expect(() => writeWhole(placeBehind(link), page('new'), 'page')).toThrow(`${link} is a link of another user`);
    } finally {
      owner.mockRestore();
    }
    expect(textOf(file)).toBe(page('old'));
  });

  test('is not put in the place of a folder, a pipe or a loop of links', () => {
    const [pipe, loop, inside] = ['pipe.html', 'loop.html', 'folder.html'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    fs.mkdirSync(inside);
    execFileSync('mkfifo', [pipe]);
    fs.symlinkSync('loop.html', loop);
    for (const place of [inside, pipe]) {
      expect(() => writeWhole(place, page('new'), 'page')).toThrow(`${place} is no plain file`);
    }
    expect(() => writeWhole(loop, page('new'), 'page')).toThrow(/cannot write .* \(ELOOP\)/);
    expect(fs.statSync(pipe).isFIFO()).toBe(true);
  });

  test('is refused where there is no folder, and nothing stays behind', () => {
    const place = path.join(folder, 'none', 'status.html');
    expect(() => writeWhole(place, page('new'), 'page')).toThrow(/cannot write .*ENOENT/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

test('a report replaces a link, and not the file that the link leads to', () => {
  const target = path.join(folder, 'target');
  fs.writeFileSync(target, 'untouched');
  fs.symlinkSync(target, file);
  writeReport(file, page('the report'), 'page');
  expect([textOf(target), textOf(file), modeOf(file)]).toEqual(['untouched', page('the report'), '600']);
});

test.each([
  ['page', page('old'), '{}'],
  ['junit', '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="1">', '<?xml version="1.0"?>\n<project>'],
  ['json', '{\n  "seed": "1",', '{"name":"acme","values":[]}'],
  ['recording', '{\n  "recording": "evergrant qa",', '{"name":"acme","values":[]}'],
] as const)('a report (%s) takes the place of an earlier one, and of no other file', (part, earlier, other) => {
  fs.writeFileSync(file, earlier);
  tryReport(file, part, 'name another');
  writeReport(file, 'new', part);
  expect(textOf(file)).toBe('new');
  fs.writeFileSync(file, other);
  expect(() => tryReport(file, part, 'name another')).toThrow('has something else in it');
  expect(() => writeReport(file, 'new', part)).toThrow('has something else in it');
  expect(textOf(file)).toBe(other);
});

test('a new file is none where a link leads nowhere', () => {
  fs.symlinkSync('nowhere', file);
  expect(() => requireNew(file, 'taken')).toThrow('taken');
  expect(() => requireNew(path.join(folder, 'new'), 'taken')).not.toThrow();
});
