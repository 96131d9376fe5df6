import fs from 'node:fs';
import os from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { dataFolderOf, stateFolderHere, stateFolderOf } from '../../../scripts/environment/files/user-folders';

const home = '/home/ada';

describe('state is kept', () => {
  test.each<[string, NodeJS.ProcessEnv, string | undefined, string]>([
    ['in XDG_STATE_HOME', { XDG_STATE_HOME: '/state' }, home, '/state/evergrant'],
    ['at home without it', {}, home, '/home/ada/.local/state/evergrant'],
    ['at home where it is empty', { XDG_STATE_HOME: '' }, home, '/home/ada/.local/state/evergrant'],
    ['at home where it is relative', { XDG_STATE_HOME: 'state' }, home, '/home/ada/.local/state/evergrant'],
    ['in a folder of this user’s without a home', {}, undefined, '/var/tmp/evergrant-1000'],
    ['in a folder of this user’s where HOME is empty', {}, '', '/var/tmp/evergrant-1000'],
    ['in a folder of this user’s where HOME is relative', {}, 'ada', '/var/tmp/evergrant-1000'],
    ['in XDG_STATE_HOME without a home', { XDG_STATE_HOME: '/state' }, undefined, '/state/evergrant'],
  ])('%s', (_, variables, at, expected) => {
    expect(stateFolderOf({ variables, platform: 'linux', home: at, userId: 1000 })).toBe(expected);
  });

  test.each<[string, NodeJS.ProcessEnv, string | undefined, string]>([
    ['in LOCALAPPDATA', { LOCALAPPDATA: 'D:\\local' }, 'C:\\ada', 'D:\\local\\evergrant'],
    ['at home where it is empty', { LOCALAPPDATA: '' }, 'C:\\ada', 'C:\\ada\\evergrant'],
    ['at home where it is relative', { LOCALAPPDATA: 'local' }, 'C:\\ada', 'C:\\ada\\evergrant'],
    ['in TEMP without a home', { TEMP: 'C:\\temp' }, undefined, 'C:\\temp\\evergrant'],
    ['in ProgramData without anything', {}, undefined, 'C:\\ProgramData\\evergrant'],
  ])('on Windows %s', (_, variables, at, expected) => {
    expect(stateFolderOf({ variables, platform: 'win32', home: at, userId: undefined })).toBe(expected);
  });
});

describe.skipIf(process.platform === 'win32')('for a user without a home', () => {
  const own = fs.lstatSync(os.tmpdir());
  const folder = `/var/tmp/evergrant-${process.getuid?.()}`;
  const withFolder = (stat: object | undefined): void => {
    vi.stubEnv('XDG_STATE_HOME', '');
    vi.spyOn(os, 'homedir').mockReturnValue('');
    vi.spyOn(fs, 'lstatSync').mockReturnValue(stat === undefined ? undefined : Object.assign(own, stat));
  };
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('the folder may be there or not', () => {
    withFolder(undefined);
    expect(stateFolderHere()).toBe(folder);
    withFolder({ uid: process.geteuid?.(), mode: 0o40700 });
    expect(stateFolderHere()).toBe(folder);
  });

  test('a folder of its name that another user has made is refused', () => {
    withFolder({ uid: 12_345, mode: 0o40700 });
    expect(() => stateFolderHere()).toThrow(expect.objectContaining({ code: 'foreign_file' }));
  });
});

describe('environments are, when nothing says where,', () => {
  const ada = { platform: 'linux', home, userId: 1000, systemFolderOwner: undefined };

  test.each<[string, Parameters<typeof dataFolderOf>[0], string | undefined]>([
    ['in XDG_DATA_HOME', { ...ada, variables: { XDG_DATA_HOME: '/data' } }, '/data/evergrant'],
    ['at home without it', { ...ada, variables: {} }, '/home/ada/.local/share/evergrant'],
    ['at home where it is relative', { ...ada, variables: { XDG_DATA_HOME: 'x' } }, '/home/ada/.local/share/evergrant'],
    ['in the system’s folder for root', { ...ada, userId: 0, variables: {} }, '/var/lib/evergrant'],
    [
      'in the system’s folder where it is this user’s',
      { ...ada, systemFolderOwner: 1000, variables: {} },
      '/var/lib/evergrant',
    ],
    [
      'at home where that is another user’s',
      { ...ada, systemFolderOwner: 2, variables: {} },
      '/home/ada/.local/share/evergrant',
    ],
    ['nowhere without a home', { ...ada, home: undefined, variables: {} }, undefined],
    [
      'in LOCALAPPDATA on Windows',
      { ...ada, platform: 'win32', userId: undefined, variables: { LOCALAPPDATA: 'D:\\local' } },
      'D:\\local\\evergrant',
    ],
    [
      'at home on Windows without it',
      { ...ada, platform: 'win32', userId: undefined, home: 'C:\\ada', variables: {} },
      'C:\\ada\\evergrant',
    ],
  ])('%s', (_, places, expected) => {
    expect(dataFolderOf(places)).toBe(expected);
  });
});
