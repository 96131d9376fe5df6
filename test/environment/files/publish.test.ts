import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { writeWhole } from '../../../scripts/environment/files/publish';
import { writeReport } from '../../../scripts/report/files';

let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
  file = path.join(folder, 'status.html');
});

function modeOf(one: string): string {
  return (fs.statSync(one).mode & 0o777).toString(8);
}

describe('a file for others to read', () => {
  test.each([
    ['owner', '600'],
    ['anybody', '644'],
  ] as const)('is for %s, whatever was there before', (readers, mode) => {
    fs.writeFileSync(file, 'old', { mode: 0o666 });
    writeWhole(file, 'new', readers);
    expect([fs.readFileSync(file, 'utf8'), modeOf(file), fs.readdirSync(folder)]).toEqual([
      'new',
      mode,
      ['status.html'],
    ]);
  });

  test('is another file than the one before, so that who reads that one reads it whole', () => {
    fs.writeFileSync(file, 'old');
    const reader = fs.openSync(file, 'r');
    writeWhole(file, 'new', 'owner');
    expect(fs.readFileSync(reader, 'utf8')).toBe('old');
    fs.closeSync(reader);
  });

  test('is written behind a link, which stays', () => {
    const link = path.join(folder, 'link.html');
    fs.writeFileSync(file, 'old');
    fs.symlinkSync('status.html', link);
    writeWhole(link, 'new', 'owner');
    expect([fs.readFileSync(file, 'utf8'), fs.readlinkSync(link)]).toEqual(['new', 'status.html']);
  });

  test('is not written behind a link of another user', () => {
    const link = path.join(folder, 'link.html');
    fs.writeFileSync(file, 'old');
    fs.symlinkSync('status.html', link);
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(4711);
    const lstat = fs.lstatSync;
    const owner = vi.spyOn(fs, 'lstatSync').mockImplementation((one) => Object.assign(lstat(one), { uid: 4712 }));
    try {
      expect(() => writeWhole(link, 'new', 'owner')).toThrow(`${link} is a link of another user`);
    } finally {
      user.mockRestore();
      owner.mockRestore();
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
  });

  test('is not put in the place of a folder or a device', () => {
    for (const place of [folder, '/dev/null']) {
      expect(() => writeWhole(place, 'new', 'owner')).toThrow(`${place} is no plain file`);
    }
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('is refused where there is no folder, and nothing stays behind', () => {
    expect(() => writeWhole(path.join(folder, 'none', 'status.html'), 'new', 'owner')).toThrow(/cannot write .*ENOENT/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

test('a report replaces a link, and not the file that the link leads to', () => {
  const target = path.join(folder, 'target');
  fs.writeFileSync(target, 'untouched');
  fs.symlinkSync(target, file);
  writeReport(file, 'the report');
  expect([fs.readFileSync(target, 'utf8'), fs.readFileSync(file, 'utf8'), modeOf(file)]).toEqual([
    'untouched',
    'the report',
    '600',
  ]);
});
