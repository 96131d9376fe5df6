import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pushedWorkspaceOf } from '../../../scripts/environment/files/native-git';
import { makeFolder } from './children';

test.each<[string, string, string[], boolean]>([
  ['postman/environments beside .postman', 'postman/environments', ['.postman/resources.yaml', 'postman/x'], true],
  ['any folder of environments below .postman', 'server/environments', ['.postman/resources.yaml'], true],
  ['a folder within environments', 'postman/environments/live', ['.postman/config.json'], true],
  ['a workspace that was never pushed', 'postman/environments', ['.postman/x', 'postman/x'], true],
  ['a folder of another name', 'server/live', ['.postman/resources.yaml'], false],
  ['a project without Postman', 'environments', ['package.json'], false],
  ["the home of a user of Postman's command line", 'app/environments', ['.postman/postmanrc'], false],
])('in %s a file is pushed or not', (_, folder, files, isPushed) => {
  const root = fs.realpathSync(makeFolder());
  for (const file of [...files, `${folder}/acme.postman_environment.json`]) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), '');
  }
  const workspace = pushedWorkspaceOf(path.join(root, folder, 'acme.postman_environment.json'));
  expect(workspace).toBe(isPushed ? root : undefined);
});

test('a link into a workspace counts as its file', () => {
  const root = fs.realpathSync(makeFolder());
  const file = path.join(root, 'w/environments/acme.json');
  for (const folder of ['w/.postman', 'w/postman', 'w/environments'])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.writeFileSync(file, '');
  fs.symlinkSync(file, path.join(root, 'acme.json'));
  expect(pushedWorkspaceOf(path.join(root, 'acme.json'))).toBe(path.join(root, 'w'));
});
