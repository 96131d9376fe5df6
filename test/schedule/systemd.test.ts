import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Installation } from '../../scripts/schedule/job';
import { systemdUnits } from '../../scripts/schedule/systemd';
import { hostileName, jobOf, plainPlace, unspeakable } from './places';

function valueOf(place: Installation, key: string): string | undefined {
  const lines = systemdUnits(place, jobOf('10m')).files[0]?.text.split('\n');
  return lines?.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** A colon parts source and target of what is bound; such paths are refused. */
const bindableName = hostileName.map((name) => name.replaceAll(':', ''));

/** The words of a line, as systemd.syntax(7) and systemd.unit(5) read them. */
function asSystemdReads(line = ''): string[] {
  const words = [...line.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^\s"\\])+/gu)].map(([word]) =>
    word.replaceAll(/"((?:[^"\\]|\\.)*)"/gu, (_, inner: string) => inner.replaceAll(/\\(.)/gu, '$1')),
  );
  return words.map((word) => word.replaceAll(/%(.)/gu, (_, char: string) => (char === '%' ? '%' : `<${char}>`)));
}

describe('the service', () => {
  test('waits for the network and the clock, because its timer may fire at boot', () => {
    for (const key of ['Wants', 'After']) {
      expect(valueOf(plainPlace, key)).toBe('network-online.target time-sync.target');
    }
  });

  test('quotes every path, whatever a folder is called', () => {
    fc.assert(
      fc.property(bindableName, bindableName, (first, second) => {
        const project = `/home/${first}`;
        const [environments, program] = [`${project}/${second}`, `${project}/cli.js`];
        const place = {
          ...plainPlace,
          node: `/opt/${second.replaceAll(/["'\\]/g, '')}`,
          program,
          code: project,
          project,
          environments,
        };
        const words = [`:${place.node}`, program, '--environments', environments, 'refresh', '--all'];
        expect(asSystemdReads(valueOf(place, 'ExecStart'))).toEqual(words);
        expect(asSystemdReads(valueOf(place, 'ReadWritePaths'))).toEqual([environments]);
        expect(asSystemdReads(valueOf(place, 'BindReadOnlyPaths'))).toEqual([project]);
        expect(valueOf(place, 'WorkingDirectory')?.replaceAll('%%', '%')).toBe(project);
      }),
    );
  });

  test('binds what lies where homes and temporary files are hidden, and nothing else', () => {
    const bound = (place: Installation): unknown[] =>
      ['BindReadOnlyPaths', 'BindPaths'].map((key) => valueOf(place, key));
    const node = '/home/me/.nvm/versions/node/v22.0.0/bin/node';
    const environments = '/var/tmp/environments';
    expect(bound(plainPlace)).toEqual([undefined, undefined]);
    expect(bound({ ...plainPlace, node, environments })).toEqual([node, environments]);
  });

  test.each<[keyof Installation, string]>([
    ...unspeakable.map((path): [keyof Installation, string] => ['environments', path]),
    ['project', '/srv/a\\'],
    ['project', '/srv/a '],
    ['node', "/opt/it's/node"],
    ['node', '/opt/a\\b/node'],
    ['environments', '/home/a:b'],
  ])('is refused where %s is a path like %j', (key, path) => {
    expect(() => systemdUnits({ ...plainPlace, [key]: path }, jobOf('10m'))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_path' }),
    );
  });
});

describe('the service over a database', () => {
  const place = { ...plainPlace, project: '/var/lib/evergrant', environments: '/var/lib/evergrant', isShared: true };

  test('does not start where its .env is missing, and the program alone reads it', () => {
    expect(valueOf(place, 'AssertPathExists')).toBe('/var/lib/evergrant/.env');
    expect(valueOf(place, 'WorkingDirectory')).toBe('/var/lib/evergrant');
    expect(valueOf(place, 'EnvironmentFile')).toBe(undefined); // systemd and dotenv read quotes and backslashes differently
  });

  test('keeps receipts where the same user finds them by hand, and systemd makes the folder', () => {
    expect(valueOf(place, 'StateDirectory')).toBe('evergrant');
    expect(valueOf(place, 'Environment')).toBe('XDG_STATE_HOME=%S/evergrant/.local/state');
    const elsewhere = { ...place, project: '/srv/100%', environments: '/srv/100%' };
    expect(valueOf(elsewhere, 'Environment')).toBe('XDG_STATE_HOME=/srv/100%%/.local/state');
    expect(valueOf(elsewhere, 'ReadWritePaths')).toBe('/srv/100%%');
  });
});
