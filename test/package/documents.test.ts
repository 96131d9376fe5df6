import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookVariables } from '../../scripts/hooks/config';

/** Folders that are made by programs, or that others have written. */
const notOurs = ['.git', 'node_modules', 'dist', 'reports', '.evergrant'];

const files = filesBelow('.');
const read = (file: string): string => fs.readFileSync(file, 'utf8');

/** Every file of the project, as its path from the top. */
function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !notOurs.includes(name));
  return entries.flatMap((entry) => {
    const place = path.posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(place) : [place];
  });
}

describe('.env.example', () => {
  const listed = [...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);

  /** What a hook or a command is given, what root tells itself, and the tools of Node.js and npm. */
  const given =
    /^(XERO_(ACCESS_TOKEN|TENANT_ID)|EVERGRANT_(NAME|\w*OUTCOME|\w*TENANT_NAME|CONSENT_LINK\w*|ERROR_CODE|MESSAGE|HINT|ROOT_ORDER))$/;

  test('has every variable of evergrant that the program reads, and no other', () => {
    const sources = files.filter((file) => file.startsWith('scripts/') && /\.(ts|js)$/.test(file));
    const names = sources.flatMap((file) => read(file).match(/\b(XERO|EVERGRANT)(_[A-Z]+)+\b/g) ?? []);
    const isOwn = (name = ''): boolean => /^(XERO|EVERGRANT)_/.test(name);
    expect(names).toEqual(expect.arrayContaining(Object.values(hookVariables)));
    expect(listed.filter(isOwn).toSorted()).toEqual([...new Set(names)].filter((name) => !given.test(name)).toSorted());
  });
});
