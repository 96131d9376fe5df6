import { describe, expect, test } from 'vitest';
import { cronUnits } from '../../scripts/schedule/cron';
import type { Installation } from '../../scripts/schedule/job';
import { networkVariables } from '../../scripts/schedule/network-variables';
import { systemdUnits } from '../../scripts/schedule/systemd';
import { windowsUnits } from '../../scripts/schedule/windows';
import { jobOf, plainPlace } from './places';

const shell = {
  HTTPS_PROXY: 'http://ada:CANARY@proxy.example.com:3128',
  http_proxy: 'http://proxy.example.com:3128',
  NO_PROXY: '.example.com, 10.0.0.1',
  NODE_EXTRA_CA_CERTS: '/home/ada/our ca.pem',
  XERO_CLIENT_SECRET: 'CANARY',
  PATH: '/usr/bin',
};
const place: Installation = { ...plainPlace, network: networkVariables(shell) };

describe('the proxies and authorities of the shell', () => {
  test('reach a unit, but for one that may hold a password', () => {
    expect(place.network).toEqual({
      given: [
        ['http_proxy', 'http://proxy.example.com:3128'],
        ['NO_PROXY', '.example.com, 10.0.0.1'],
        ['NODE_EXTRA_CA_CERTS', '/home/ada/our ca.pem'],
      ],
      withheld: ['HTTPS_PROXY'],
    });
  });

  test.each(['ada:pw@proxy', 'http://a\nb', 'http://"', ' http://proxy', 'http://proxy?key=1', "x'y"])(
    'a value like %j is withheld',
    (value) => {
      expect(networkVariables({ HTTPS_PROXY: value })).toEqual({ given: [], withheld: ['HTTPS_PROXY'] });
    },
  );

  test.each([
    ['systemd', systemdUnits, /^Environment=http_proxy=http:\/\/proxy.example.com:3128$/m, /EnvironmentFile=\/etc/],
    ['cron', cronUnits, /^http_proxy="http:\/\/proxy.example.com:3128"$/m, /write it into the crontab/],
    ['windows', windowsUnits, /<Exec>/, /setx \/M http_proxy "http:\/\/proxy.example.com:3128"[^]*HTTPS_PROXY/],
  ])('stand in the unit of %s, which says what is withheld', (_, unitsOf, inFile, inNotes) => {
    const { files, install } = unitsOf(place, jobOf('10m'));
    const text = files.map((file) => file.text).join('\n');
    expect(text).toMatch(inFile);
    expect(install.join('\n')).toMatch(inNotes);
    expect(text + install.join('\n')).not.toContain('CANARY');
  });

  test('a certificate in a home is seen by the service', () => {
    const text = systemdUnits(place, jobOf('10m')).files[0]?.text;
    expect(text).toContain('Environment="NODE_EXTRA_CA_CERTS=/home/ada/our ca.pem"');
    expect(text).toContain('BindReadOnlyPaths="/home/ada/our ca.pem"');
  });
});

describe('environments in /var/lib/evergrant', () => {
  const apart = { ...plainPlace, project: '/var/lib/evergrant', environments: '/var/lib/evergrant' };

  test('are made by systemd, and given to its user', () => {
    const { files, install } = systemdUnits(apart, jobOf('10m'));
    const text = files[0]?.text ?? '';
    expect(text).toMatch(/^StateDirectory=evergrant\nStateDirectoryMode=0700$/m);
    expect(text).not.toContain('ReadWritePaths');
    expect(install.join('\n')).not.toMatch(/chown|better kept/);
  });

  test.each([cronUnits, systemdUnits])('are what is advised where they are amidst the program', (unitsOf) => {
    expect(unitsOf(plainPlace, jobOf('10m')).install.join('\n')).toContain(
      'sudo mv /srv/evergrant/environments /var/lib/evergrant',
    );
    expect(unitsOf(apart, jobOf('10m')).install.join('\n')).not.toContain('better kept');
  });
});
