import { describe, expect, test } from 'vitest';
import { stateFolderOf } from '../../../scripts/environment/files/state-folder';

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
