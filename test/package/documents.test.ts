import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractKeys } from '../../scripts/environment/environment';
import { grantStates } from '../../scripts/environment/grant';
import { exitCodes } from '../../scripts/errors';
import { attemptOutcomes } from '../../scripts/history/attempt';
import { verbs } from '../../scripts/program';

/** Folders that are made by programs, or that others have written. */
const notOurs = ['.git', 'node_modules', 'dist', 'reports', '.evergrant'];

const files = filesBelow('.');
const documents = files.filter((file) => file.endsWith('.md'));
const workflows = files.filter((file) => file.startsWith('.github/') && file.endsWith('.yml'));
const read = (file: string): string => fs.readFileSync(file, 'utf8');

/** Every file of the project, as its path from the top. */
function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !notOurs.includes(name));
  return entries.flatMap((entry) => {
    const place = path.posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(place) : [place];
  });
}

/** Every capture of a pattern with one group. */
function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, capture = '']) => capture);
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  return found(read(file), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether a link leads somewhere: to a file or folder, and to a heading where it names one. */
function isGood(document: string, link: string): boolean {
  const [place = '', anchor] = link.split('#');
  const target = place === '' ? document : path.posix.join(path.posix.dirname(document), place);
  if (!fs.existsSync(target)) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** Whether there is such a file; `*` and words in capitals, such as NAME, stand for any. */
function isThere(pattern: string): boolean {
  if (fs.existsSync(pattern)) return true;
  const words = pattern.split(/\*|\b[A-Z]+\b/);
  const name = new RegExp(`^${words.map((word) => word.replaceAll('.', '\\.')).join('[^/]*')}$`);
  return words.length > 1 && files.some((file) => name.test(file));
}

const topFolders = 'scripts|test|collections|environments|\\.github|\\.ci|\\.config';
const pathInText = new RegExp(`(?<![\\w/.@-])((?:${topFolders})/[\\w.*/-]*[\\w*])`, 'g');
const scriptInText = /\bnpm run (?:--silent )?([a-z][\w:-]*)/g;

test('there are documents to check', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'scripts/README.md', 'test/README.md']));
  expect(workflows).toContain('.github/workflows/ci.yml');
});

test.each(documents)('every link in %s leads somewhere', (document) => {
  const text = read(document).replaceAll(/```[\s\S]*?```/g, '');
  const links = [...found(text, /\]\(([^)\s]+)\)/g), ...found(text, /src="([^"]+)"/g)];
  const own = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(own.filter((link) => !isGood(document, link))).toEqual([]);
});

test.each([...documents, ...workflows, '.gitattributes'])('every path in %s is there', (document) => {
  expect(found(read(document), pathInText).filter((file) => !isThere(file))).toEqual([]);
});

test.each([...documents, ...workflows, '.ci/run'])('every npm run in %s is in package.json', (document) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  expect(found(read(document), scriptInText).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

describe('scripts/README.md', () => {
  const text = read('scripts/README.md');
  const between = (start: string, end: string): string => text.split(start)[1]?.split(end)[0] ?? '';
  const wordsIn = (part: string): string[] => found(part, /`(\w+)`/g);

  test('has every room', () => {
    const linked = found(between('## The rooms', '## One command'), /\]\(([\w.-]+)\)/g);
    const rooms = fs.readdirSync('scripts').filter((name) => !['README.md', 'tsconfig.json'].includes(name));
    expect(rooms.filter((room) => !linked.includes(room))).toEqual([]);
  });

  test('has every key of an environment file, with its type', () => {
    const rows = [...text.matchAll(/^\| (`\w+`(?: `\w+`)*) +\| (default|secret) +\|/gm)];
    const keys = rows.flatMap(([, names = '', type = '']) => wordsIn(names).map((name) => [name, type]));
    expect(Object.fromEntries(keys)).toEqual(contractKeys);
  });

  test('has every verb', () => {
    expect(wordsIn(between('The verbs are', 'Each has'))).toEqual(Object.keys(verbs));
  });

  test('has every exit code, and which counts more', () => {
    const rows = [...text.matchAll(/^\| (\d) +\| `(\w+)` +\|/gm)].map(([, code, kind = '']) => [kind, Number(code)]);
    expect({ ...Object.fromEntries(rows), bug: 1 }).toEqual(exitCodes);
    expect(text).toContain(`the first of ${Object.values(exitCodes).join(', ')}, 0 that any`);
  });

  test('has every outcome and every state', () => {
    const ofPeople = ['connected', 'taken_over', 'restored', 'disconnected', 'renamed', 'handed_over'];
    expect([...wordsIn(between('`outcome` is one of', '\n')), ...ofPeople]).toEqual(attemptOutcomes);
    expect(wordsIn(between('`state` is one of', '.'))).toEqual(grantStates);
  });
});

/** What every program reads. */
const everybodys = ['HOME', 'PATH', 'TMPDIR', 'TZ'];

test('test/README.md has every variable that the tests read', () => {
  const sources = files.filter((file) => /^test\/.*\.(ts|mts)$/.test(file));
  const names = new Set(sources.flatMap((file) => found(read(file), /process\.env\['([A-Z_]+)'\]/g)));
  const listed = found(read('test/README.md'), /^\| `([A-Z_]+)`/gm);
  expect(listed.toSorted()).toEqual([...names].filter((name) => !everybodys.includes(name)).toSorted());
});

describe('.env.example', () => {
  const listed = found(read('.env.example'), /^# ([A-Z_]+)=/gm).filter((name) => /^(XERO|EVERGRANT)_/.test(name));

  /** What hooks, commands and token files are given, and what root tells itself. */
  const given =
    /^(XERO_(ACCESS_TOKEN(_EXPIRES_AT)?|TENANT_ID)|EVERGRANT_(NAME|\w*OUTCOME|\w*TENANT_(ID|NAME)|CONSENT_LINK\w*|ERROR_CODE|MESSAGE|HINT|ROOT_ORDER))$/;

  test('has every variable of evergrant’s own that the program reads, and no other', () => {
    const sources = files.filter((file) => /^scripts\/.*\.(ts|js)$/.test(file));
    const names = new Set(sources.flatMap((file) => found(read(file), /\b((?:XERO|EVERGRANT)(?:_[A-Z]+)+)\b/g)));
    expect(listed.toSorted()).toEqual([...names].filter((name) => !given.test(name)).toSorted());
    expect(listed).toContain('XERO_CLIENT_ID');
  });
});
