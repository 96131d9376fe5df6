import { describe, expect, test } from 'vitest';
import type { Installation, Units } from '../../scripts/schedule/job';
import { credentialKind, type CredentialKind } from '../../scripts/schedule/key-place';
import { systemdUnits } from '../../scripts/schedule/systemd';
import { systemdServeUnits } from '../../scripts/schedule/systemd-serve';
import { jobOf, plainPlace, servingOf } from './places';

const sealed = (credential: CredentialKind, file = '/etc/evergrant.key'): Installation => ({
  ...plainPlace,
  key: { file, credential },
});
const unitsOf = (place: Installation): Units[] => [
  systemdUnits(place, jobOf('10m')),
  systemdServeUnits(place, servingOf()),
];

function linesAboutKeys({ files }: Units): string[] {
  const lines = files[0]?.text.split('\n') ?? [];
  return lines.filter((line) => /^\w+=.*evergrant[^/]*key/.test(line));
}

test.each([
  [undefined, 'encrypted'],
  [257, 'encrypted'],
  [250, 'encrypted'],
  [249, 'plain'],
  [247, 'plain'],
  [246, 'none'],
])('systemd %s hands over a key: %s', (version, kind) => {
  expect(credentialKind(version)).toBe(kind);
});

describe.each([
  ['job', 0],
  ['server', 1],
])('the service of the %s', (_, at) => {
  const units = (place: Installation): Units => unitsOf(place)[at] ?? { files: [], install: [] };

  test.each<[CredentialKind, string]>([
    ['encrypted', 'LoadCredentialEncrypted=evergrant-key:/etc/credstore.encrypted/evergrant-key'],
    ['plain', 'LoadCredential=evergrant-key:/etc/evergrant.key'],
    ['none', 'Environment=EVERGRANT_KEY_FILE=/etc/evergrant.key'],
  ])('has the key as systemd can give it: %s', (kind, line) => {
    expect(linesAboutKeys(units(sealed(kind)))).toEqual([line]);
  });

  test('names no key without sealed secrets', () => {
    expect(JSON.stringify(units(plainPlace))).not.toMatch(/evergrant.key|KEY_FILE|Credential/);
  });

  test('says once how the key is encrypted, and how a person runs a command with it', () => {
    const { install } = units(sealed('encrypted'));
    const encrypted = install.filter((line) => line.includes('systemd-creds encrypt --name=evergrant-key'));
    const byHand = install.filter((line) => line.includes('systemd-run'));
    expect([encrypted.length, byHand.length]).toEqual([1, 1]);
    expect(byHand[0]).toContain(
      '--uid=evergrant --working-directory=/srv/evergrant --setenv=XDG_STATE_HOME=/var/lib -p LoadCredentialEncrypted=evergrant-key:/etc/credstore.encrypted/evergrant-key /usr/bin/node',
    );
  });

  test('before systemd 250, root alone reads the key, or that user where systemd hands nothing over', () => {
    expect(units(sealed('plain')).install.join('\n')).toContain('sudo chown root: /etc/evergrant.key');
    expect(units(sealed('none')).install.join('\n')).toContain('sudo chown evergrant: /etc/evergrant.key');
    expect(units(sealed('none')).install.join('\n')).not.toContain('systemd-run');
  });

  test('sees a key in a home only where it reads it itself', () => {
    const bound = (kind: CredentialKind): boolean =>
      units(sealed(kind, '/home/me/a.key')).files[0]?.text.includes('BindReadOnlyPaths=/home/me/a.key') ?? false;
    expect([bound('encrypted'), bound('plain'), bound('none')]).toEqual([false, false, true]);
  });

  test('quotes the file, and refuses one that no unit can name', () => {
    const file = '/etc/100% mine.key';
    expect(linesAboutKeys(units(sealed('none', '/etc/evergrant 1%.key')))).toEqual([
      'Environment="EVERGRANT_KEY_FILE=/etc/evergrant 1%%.key"',
    ]);
    expect(units(sealed('plain', file)).files[0]?.text).toContain('=evergrant-key:/etc/100%% mine.key\n');
    expect(() => units(sealed('plain', '/etc/a\nb'))).toThrow(expect.objectContaining({ code: 'bad_path' }));
  });
});
