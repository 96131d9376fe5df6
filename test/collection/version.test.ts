import { describe, expect, test } from 'vitest';
import { parseCollection } from '../../scripts/collection/shape';
import { parseVersions, recordVersion, type Versions } from '../../scripts/collection/version';

interface Parts {
  version?: string;
  description?: string;
  url?: string;
  exec?: string[];
  about?: string;
}

/** A collection with one request. */
function collection(parts: Parts = {}): ReturnType<typeof parseCollection> {
  const { version = '1.1.0', url = 'https://example.com', exec = ['one();'], about = 'asks' } = parts;
  const { description = `Version ${version}.\n\n- ${version}: news` } = parts;
  const item = [{ name: 'A', request: { url, description: about }, event: [{ listen: 'test', script: { exec } }] }];
  return parseCollection(JSON.stringify({ info: { version, description }, item }));
}

const recorded: Versions = recordVersion(collection(), {});

describe('the version of a collection', () => {
  test('is recorded with a fingerprint of its requests and scripts', () => {
    expect(recorded).toEqual({ '1.1.0': expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(recordVersion(collection(), recorded)).toEqual(recorded);
  });

  test.each<[string, Parts]>([
    ['a script', { exec: ['two();'] }],
    ['a request', { url: 'https://example.com/other' }],
  ])('must rise when %s changes', (_, change) => {
    expect(() => recordVersion(collection(change), recorded)).toThrow(
      'requests or scripts are not those of version 1.1.0: raise info.version, say what has changed in info.description, then run: npm run embed',
    );
    const risen = recordVersion(collection({ ...change, version: '1.1.1' }), recorded);
    expect(Object.keys(risen)).toEqual(['1.1.0', '1.1.1']);
  });

  test.each<[string, Parts]>([
    ['what a request says of itself', { about: 'asks kindly' }],
    ['what a script says of itself', { exec: ['// asks', '', 'one();'] }],
    ['what the collection says of itself', { description: 'Version 1.1.0. More.\n\n- 1.1.0: news' }],
  ])('may stay when only %s changes', (_, change) => {
    expect(recordVersion(collection(change), recorded)).toEqual(recorded);
  });

  test.each<[string, Parts, string]>([
    ['an older one', { version: '1.0.9' }, 'version 1.0.9 is older than 1.1.0'],
    ['one that counts less', { version: '1.0.10' }, 'version 1.0.10 is older than 1.1.0'],
    ['one that has no line', { version: '1.2.0', description: 'Version 1.2.0.' }, 'the description says nothing of'],
    ['one that is not named', { version: '1.2.0', description: '- 1.2.0: news' }, 'the description says nothing of'],
  ])('is not %s', (_, change, fault) => {
    expect(() => recordVersion(collection(change), recorded)).toThrow(fault);
  });

  test.each(['null', '{"1.0.0":1}', '{'])('is not recorded in a file with %s', (text) => {
    expect(() => parseVersions(text)).toThrow();
  });
});
