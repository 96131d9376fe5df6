import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';

interface Installed {
  readonly version?: string;
  readonly resolved?: string;
  readonly engines?: { readonly node?: string };
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, Installed>>;
};
const semver = createRequire(path.resolve('package.json'))('semver') as Semver;

interface Semver {
  gte(version: string, other: string): boolean;
  satisfies(version: string, range: string): boolean;
}

/** The first version of each package in which the faults that have been published in it are mended. */
const mended: Readonly<Record<string, string>> = {
  flatted: '3.4.4',
  handlebars: '4.7.10',
  jose: '4.15.9',
  lodash: '4.18.1',
  'node-forge': '1.4.3',
  underscore: '1.13.8',
};

/** Where a package that requires another finds it, as Node.js does. */
function versionFrom(place: string, name: string): string {
  const file = path.join(place, 'node_modules', name, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  return versionFrom(path.dirname(place), name);
}

test.each([
  ['newman', 'lodash'],
  ['postman-collection', 'lodash'],
  ['postman-collection-transformer', 'lodash'],
  ['postman-runtime', 'lodash'],
  ['postman-runtime', 'handlebars'],
  ['postman-runtime', 'jose'],
  ['postman-runtime', 'node-forge'],
  ['postman-sandbox', 'lodash'],
  ['httpntlm', 'underscore'],
  ['uvm', 'flatted'],
  ['newman-reporter-htmlextra', 'handlebars'],
  ['newman-reporter-htmlextra', 'lodash'],
])('%s loads a %s whose published vulnerabilities are fixed', (from, name) => {
  const version = versionFrom(path.resolve('node_modules', from), name);
  expect(semver.gte(version, mended[name] ?? '')).toBe(true);
});

test('no other copy of these packages is older', () => {
  const copies = Object.entries(packages).map(([place, { version = '' }]) => ({ name: nameOf(place), place, version }));
  const old = copies.filter(({ name, version }) => name in mended && !semver.gte(version, mended[name] ?? ''));
  expect(old).toEqual([]);
  expect(copies.filter(({ name }) => name in mended).length).toBeGreaterThan(5);
});

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

test('every package runs on the oldest Node.js that this one supports', () => {
  const refusing = Object.entries(packages)
    .filter(([, { engines }]) => engines?.node !== undefined && !semver.satisfies('20.19.0', engines.node))
    .map(([place]) => place);
  expect(refusing).toEqual([]);
});

test('the lock file names no address to download from', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});
