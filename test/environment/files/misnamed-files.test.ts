import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listEnvironments, readEnvironmentText, resolveEnvironment } from '../../../scripts/environment/files/files';
import { isName, nameNear } from '../../../scripts/environment/names';
import { Failure } from '../../../scripts/errors';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'names-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

function make(...files: string[]): void {
  for (const file of files) fs.writeFileSync(path.join(folder, file), '{}');
}

/** Which file each listed one turns out to be: our own by its name, or the command that renames it. */
function found(): string[] {
  return listEnvironments(folder).map((called) => {
    const failure = refusalOf(() => resolveEnvironment(folder, called));
    return failure?.hint.replaceAll(`${folder}/`, '') ?? called;
  });
}

function refusalOf(action: () => unknown): Failure | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

describe('a file that Postman, a browser or a file manager has named', () => {
  test.each([
    ['Acme Pty Ltd.postman_environment.json', 'acme-pty-ltd'],
    ['Acme Pty Ltd (1).postman_environment.json', 'acme-pty-ltd-1'],
    ['acme.postman_environment (1).json', 'acme-1'],
    ['acme.postman_environment copy.json', 'acme-copy'],
    ['acme.postman_environment - Copy.json', 'acme-copy'],
    ['acme.postman_environment-2.json', 'acme-2'],
    ['acme.postman_environment.JSON', 'acme'],
    ['acme.POSTMAN_environment.json', 'acme'],
    ['acme.postman_environment.json.txt', 'acme'],
    ['Café Zoë.postman_environment.json', 'cafe-zoe'],
    ['Cafe\u0301.postman_environment.json', 'cafe'],
    ['Straße & Søn.postman_environment.json', 'strasse-son'],
    ["O'Neill $(id).postman_environment.json", 'o-neill-id'],
    ['-rf.postman_environment.json', 'rf'],
    ['会社.postman_environment.json', 'environment'],
    [`${'A'.repeat(150)}.postman_environment.json`, 'a'.repeat(96)],
    ['a\nb.postman_environment.json', 'a-b'],
  ])('is never passed over: %j can be %s, and the command that renames it works', (file, name) => {
    make(file);
    const [called = ''] = listEnvironments(folder);
    const failure = refusalOf(() => resolveEnvironment(folder, called));
    expect(failure).toMatchObject({
      kind: 'invalid',
      code: 'bad_name',
      message: expect.not.stringContaining('what was typed'),
    });
    const command = failure?.hint.replace('rename it: ', '') ?? '';
    execFileSync('bash', ['-c', command]);
    expect(fs.readdirSync(folder)).toEqual([`${name}.postman_environment.json`]);
    expect(found()).toEqual([name]);
  });

  test('is named as a shell takes it', () => {
    make('Acme Pty Ltd.postman_environment.json');
    expect(refusalOf(() => resolveEnvironment(folder, 'Acme Pty Ltd'))).toMatchObject({
      message: `'${folder}/Acme Pty Ltd.postman_environment.json' is not used: a file's name is small letters, digits, dot, dash and underscore`,
      hint: `rename it: mv '${folder}/Acme Pty Ltd.postman_environment.json' ${folder}/acme-pty-ltd.postman_environment.json`,
    });
  });

  test('gets a name that no other file has, or is to have', () => {
    make(
      'acme.postman_environment.json',
      'acme.postman_environment.JSON',
      'Acme.postman_environment.json',
      'ACME.postman_environment.json',
      'acme-2.postman_environment.json',
    );
    expect(found().toSorted()).toEqual([
      'acme',
      'acme-2',
      'rename it: mv ACME.postman_environment.json acme-3.postman_environment.json',
      'rename it: mv Acme.postman_environment.json acme-4.postman_environment.json',
      'rename it: mv acme.postman_environment.JSON acme-5.postman_environment.json',
    ]);
    const other = refusalOf(() => resolveEnvironment(folder, 'Acme'));
    expect(other?.message).toContain("(acme is another file's name: see which of them is in use)");
  });

  test.each([
    ['by the name that Postman shows', 'Acme Pty Ltd'],
    ['in other capitals', 'ACME PTY LTD'],
    ['by its file’s name', 'Acme Pty Ltd.postman_environment.json'],
  ])('is found %s', (_, typed) => {
    make('Acme Pty Ltd.postman_environment.json');
    expect(refusalOf(() => resolveEnvironment(folder, typed))?.hint).toMatch(/^rename it: mv /);
    const file = path.join(folder, 'Acme Pty Ltd.postman_environment.json');
    expect(refusalOf(() => resolveEnvironment('elsewhere', file))?.hint).toMatch(/^rename it: mv /);
  });

  test('is found by the name that it is to have', () => {
    make('Acme Pty Ltd.postman_environment.json');
    const { file, name } = resolveEnvironment(folder, 'acme-pty-ltd');
    expect(refusalOf(() => readEnvironmentText(file, name))?.hint).toMatch(/^rename it: mv /);
  });

  test('that is a template, hidden, or of another kind is none', () => {
    make(
      'web.template.postman_environment.json',
      '.x.postman_environment.json',
      'workspace.json',
      'A b.json',
      'notes.txt',
    );
    expect(listEnvironments(folder)).toEqual([]);
  });
});

test('a typed name that no file has is answered with a similar one', () => {
  expect(refusalOf(() => resolveEnvironment(folder, 'Acme Pty Ltd'))).toMatchObject({
    message: '"Acme Pty Ltd" is no name for an environment',
    hint: expect.stringContaining('as in acme-pty-ltd'),
  });
});

test('the name suggested for any text is a valid name', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => isName(nameNear(text))));
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]{1,90}$/), (name) => nameNear(name) === name));
});
