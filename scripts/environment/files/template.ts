import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode, type Failure } from '../../errors';
import { packageFolder } from '../../package-folder';
import { appTypes, type AppType } from '../settings';
import { templateFile } from './files';
import { makeFolders } from './make-folders';

const templates = path.join(packageFolder, 'environments');

/** The app type for a text that a person typed. @throws Failure `invalid` */
export function appTypeNamed(text: string): AppType {
  const appType = appTypes.find((type) => type === text);
  if (appType !== undefined) return appType;
  throw invalid('bad_app_type', 'there is no such app type', `--app-type takes ${appTypes.join(', ')}`);
}

/** The text of a new environment, with its own name and id, and the template from which it was made. */
export function fromTemplate(appType: AppType, name: string): { text: string; template: string } {
  const template = templateFile(templates, appType);
  const parsed = JSON.parse(fs.readFileSync(template, 'utf8')) as object; // our own file, checked by tests
  return { text: `${JSON.stringify({ ...parsed, id: randomUUID(), name }, null, 2)}\n`, template };
}

/** Writes a new environment file, with mode 0600, and its folder, with mode 0700. @throws Failure `invalid` when the file exists */
export function writeNew(file: string, text: string, name: string): void {
  try {
    makeFolders(path.dirname(file), 0o700);
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw alreadyThere(name, file);
    throw invalid(
      'not_writable',
      `cannot make ${file} (${systemCode(error) ?? 'unknown'})`,
      'name another folder with --environments DIR',
      error,
    );
  }
}

export function alreadyThere(name: string, where: string): Failure {
  return invalid(
    'exists',
    `${where} is there already, and init never overwrites`,
    `see what it holds: npx evergrant status ${name}`,
  );
}
