import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseEnvironment } from '../../../scripts/environment/parse';
import { appTypeNamed, fromTemplate, writeNew } from '../../../scripts/environment/files/template';
import { appTypes } from '../../../scripts/environment/settings';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'template-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

test.each(appTypes)(
  'a new environment of type %s has the rows of its template, under a name and an id of its own',
  (type) => {
    const { text, template } = fromTemplate(type, 'acme');
    const made = JSON.parse(text) as Record<string, unknown>;
    const source = JSON.parse(fs.readFileSync(template, 'utf8')) as Record<string, unknown>;
    expect(made).toEqual({ ...source, name: 'acme', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(made['id']).not.toBe(source['id']);
    expect(parseEnvironment(text, 'acme', template).innerName).toBe('acme');
  },
);

test('a new file is for its owner alone, and its folder is made with it', () => {
  const file = path.join(folder, 'environments/acme.postman_environment.json');
  writeNew(file, 'text', 'acme');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a file that exists stays as it is', () => {
  const file = path.join(folder, 'acme.postman_environment.json');
  fs.writeFileSync(file, 'mine');
  expect(() => writeNew(file, 'text', 'acme')).toThrow(`${file} is there already, and init never overwrites`);
  expect(fs.readFileSync(file, 'utf8')).toBe('mine');
});

test('an unknown app type is refused', () => {
  expect(() => appTypeNamed('desktop')).toThrow('there is no such app type');
});
