import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { v3Collection, v3Environment, type Files } from './v3';

/**
 * Writes these collections as v3 into the folder `v3` beside them, and the environments' templates with them; removes
 * everything else that is in that folder. With `check`, writes nothing. Returns a sentence for each file that differed.
 */
export function embedV3(folder: string, collections: readonly object[], mode: 'check' | 'write'): string[] {
  const root = path.join(folder, 'v3');
  const wanted = new Map([...collectionsIn(collections), ...templatesIn(path.join(folder, '../environments'))]);
  const found = filesIn(root);
  const stale = [...wanted].filter(([file, text]) => found.get(file) !== text);
  const extra = [...found.keys()].filter((file) => !wanted.has(file));
  if (mode === 'write') {
    for (const file of extra) rmSync(path.join(root, file));
    for (const [file, text] of stale) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    removeEmptyFolders(root);
  }
  return [
    ...stale.map(([file]) => `${path.join(root, file)} is not what its collection or template says`),
    ...extra.map((file) => `${path.join(root, file)} belongs to no collection and no template`),
  ];
}

function collectionsIn(collections: readonly object[]): Files {
  return new Map(
    collections.flatMap((collection) => {
      const { folder, files } = v3Collection(collection);
      return [...files].map(([file, text]): [string, string] => [`${folder}/${file}`, text]);
    }),
  );
}

/** The templates are files of the program; other environments hold secrets and are never looked at. */
function templatesIn(folder: string): Files {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const templates = files.filter((file) => file.endsWith('.template.postman_environment.json'));
  return new Map(
    templates.map((file) => {
      const { name, text } = v3Environment(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
      return [`environments/${name}.environment.yaml`, text];
    }),
  );
}

function filesIn(root: string): Files {
  if (!existsSync(root)) return new Map();
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(root, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8')];
    }),
  );
}

function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(path.join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
