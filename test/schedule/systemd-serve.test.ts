import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Installation } from '../../scripts/schedule/job';
import { systemdServeUnits } from '../../scripts/schedule/systemd-serve';
import type { Serving } from '../../scripts/schedule/serving';
import { hostileName, plainPlace, servingOf, unspeakable } from './places';

function valuesOf(
  unit: 'service' | 'socket',
  key: string,
  place = plainPlace,
  changes: Partial<Serving> = {},
): string[] {
  const file = systemdServeUnits(place, servingOf(changes)).files.find(({ name }) => name.endsWith(unit));
  const lines = file?.text.split('\n').filter((line) => line.startsWith(`${key}=`)) ?? [];
  return lines.map((line) => line.slice(key.length + 1));
}

describe('the socket', () => {
  test('is for the user and one group, and HTTP is for this machine alone', () => {
    expect(valuesOf('socket', 'ListenStream')).toEqual(['/run/evergrant/socket', '127.0.0.1:8099', '[::1]:8099']);
    const rights = ['SocketUser', 'SocketGroup', 'SocketMode'].map((key) =>
      valuesOf('socket', key, plainPlace, { user: 'xero', group: 'www-data' }),
    );
    expect(rights).toEqual([['xero'], ['www-data'], ['0660']]);
    expect(valuesOf('socket', 'SocketGroup', plainPlace, { user: 'xero' })).toEqual(['xero']);
  });
});

describe('the service', () => {
  test('listens nowhere else, and does what it was asked for', () => {
    const start = ':/usr/bin/node /srv/evergrant/dist/cli.js --environments /srv/evergrant/environments serve';
    expect(valuesOf('service', 'ExecStart')).toEqual([start]);
    const all = { isRefreshing: true, hasCallback: true };
    expect(valuesOf('service', 'ExecStart', plainPlace, all)).toEqual([`${start} --refresh --callback`]);
  });

  test('needs its socket, runs from the beginning, and again unless its settings make no sense', () => {
    expect(valuesOf('service', 'Requires')).toEqual(['evergrant-serve.socket']);
    expect(valuesOf('service', 'WantedBy')).toEqual(['multi-user.target']);
    expect(valuesOf('service', 'Restart')).toEqual(['on-failure']);
    expect(valuesOf('service', 'RestartPreventExitStatus')).toEqual(['2']);
  });

  test('over a database does not start where its .env is missing', () => {
    const place = { ...plainPlace, project: '/var/lib/evergrant', environments: '/var/lib/evergrant', isShared: true };
    expect(valuesOf('service', 'AssertPathExists', place)).toEqual(['/var/lib/evergrant/.env']);
    const { install } = systemdServeUnits(place, servingOf());
    expect(install.join('\n')).toContain('EVERGRANT_STORE=postgres://…');
  });

  test('has paths with any name', () => {
    fc.assert(
      fc.property(hostileName, (name) => {
        const place = { ...plainPlace, environments: `/srv/${name.replaceAll(':', '')}` };
        const [start = ''] = valuesOf('service', 'ExecStart', place);
        expect(start.replaceAll('%%', '')).not.toContain('%');
        expect(start).toMatch(/ serve$/);
      }),
    );
  });

  test.each(unspeakable)('is refused for a path like %j', (environments) => {
    const place: Installation = { ...plainPlace, environments };
    expect(() => systemdServeUnits(place, servingOf())).toThrow(expect.objectContaining({ code: 'bad_path' }));
  });
});

test('who keeps all alive is said', () => {
  const said = (isRefreshing: boolean): string =>
    systemdServeUnits(plainPlace, servingOf({ isRefreshing })).install.join('\n');
  expect(said(true)).toContain('in place of the job');
  expect(said(false)).toContain('--refresh, or the job of schedule systemd');
});
