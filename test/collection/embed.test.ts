import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { composeScript, type ReadModule } from '../../scripts/collection/compose';
import { embedFiles } from '../../scripts/collection/embed-files';
import { embedScripts, mismatches, slugOf, type ForRequests } from '../../scripts/collection/embed-scripts';
import { parseModule, type Module } from '../../scripts/collection/module';
import { parseCollection, requestsOf } from '../../scripts/collection/shape';
import { qaFiles } from '../../scripts/qa/build/files';

/** Modules in memory, by their path without an ending; those of TypeScript end in `.ts` here. */
function reader(sources: Record<string, string>): ReadModule {
  const all = Object.entries(sources).map(([file, text]): [string, Module] => [
    file.replace(/\.ts$/, ''),
    parseModule(text, file.endsWith('.ts') ? file : `${file}.js`),
  ]);
  const modules = new Map(all);
  return (pathname) => {
    const module = modules.get(pathname);
    if (module === undefined) throw new Error(`there is no module ${pathname}`);
    return module;
  };
}

describe('composeScript', () => {
  const sources = {
    'lib/ask': "import { judge } from './judge';\nexport function ask() {\n  return judge();\n}\n",
    'lib/judge': [
      "import { limit } from '../core/limits';",
      '/**\n * Judges.\n * @param {number} [by] a limit\n */',
      'export function judge(by = limit) {\n  return twice(by);\n}',
      'function twice(by) {\n  return by * 2; // enough\n}',
      'export function unused() {}',
    ].join('\n'),
    'core/limits.ts': [
      "import * as v from 'valibot';",
      'export interface Limits { readonly most: number }',
      '/** How much. */\nexport const limit: number = base + 1;',
      'const base = 1 as const;',
      'export const other = v.string();',
    ].join('\n'),
    'lib/twin': 'export function twice() {}',
    'lib/package': "import * as v from 'valibot';\nexport const shape = v.string();",
  };
  const compose = async (text: string): Promise<string> =>
    (await composeScript(parseModule(text, 'request/test.js'), reader(sources))).join('\n');

  test('puts before a script what it imports, values first, with no types, and nothing else', async () => {
    expect(await compose("import { ask } from '../lib/ask';\n\nask();\npm.judge();\n")).toBe(
      [
        'const base = 1;',
        '/** How much. */\nconst limit = base + 1;',
        'function ask() {\n  return judge();\n}',
        '/** Judges. */\nfunction judge(by = limit) {\n  return twice(by);\n}',
        'function twice(by) {\n  return by * 2; // enough\n}',
        'ask();\npm.judge();',
      ].join('\n\n'),
    );
  });

  test('imports nothing for a property or a type', async () => {
    const script = "/** @import { ask } from '../lib/ask' */\n\nconst a = { ask: 1 }.ask;\n";
    expect(await compose(script)).toBe('const a = { ask: 1 }.ask;');
  });

  test.each([
    [
      'two functions of one name',
      "import { ask } from '../lib/ask';\nimport { twice } from '../lib/twin';\nask(twice);",
      'both declare twice',
    ],
    ['a package', "import { shape } from '../lib/package';\nshape;", 'takes v from valibot, which no script has'],
    ['another name for an import', "import { ask as say } from '../lib/ask';", 'imports say under another name'],
    [
      'a function that does not exist',
      "import { gone } from '../lib/ask';\ngone();",
      'imports gone, which lib/ask.js has not',
    ],
    ['a module that does not exist', "import { gone } from '../lib/gone';\ngone();", 'there is no module lib/gone'],
  ])('refuses %s', async (_what, script, fault) => {
    await expect(async () => compose(script)).rejects.toThrow(fault);
  });
});

describe('embedScripts', () => {
  const rest = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
  const reserved = (extra: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(extra).filter(
        ([key]) => !['name', 'item', 'event', 'listen', 'script', 'src', 'exec', 'type'].includes(key),
      ),
    );
  const script = fc.record({ type: fc.constant('text/javascript'), exec: fc.array(fc.string()) });
  const event = fc.tuple(rest, rest, script).map(([around, inside, given]) => ({
    ...reserved(around),
    listen: 'test',
    script: { ...reserved(inside), ...given },
  }));
  const request = fc.tuple(rest, fc.option(event, { nil: undefined }), rest).map(([before, given, after]) => ({
    ...reserved(before),
    ...(given ? { event: [given] } : {}),
    request: reserved(after),
  }));
  const collections = fc
    .tuple(rest, fc.array(request, { maxLength: 3 }), fc.array(request, { maxLength: 3 }))
    .map(([around, top, nested]) => {
      const named = [...top, ...nested].map((one, at) => ({ ...one, name: `Request ${at}` }));
      return {
        ...reserved(around),
        item: [...named.slice(0, top.length), { name: 'Folder', item: named.slice(top.length) }],
      };
    });
  const scriptsOf = (count: number) =>
    new Map(Array.from({ length: count }, (_, at) => [`request-${at}`, { test: [`one(${at});`] }] as const));

  test('changes nothing but the scripts, and nothing at all the second time', () => {
    fc.assert(
      fc.property(collections, (given) => {
        const text = JSON.stringify(given);
        const scripts = scriptsOf(6);
        const once = embedScripts(parseCollection(text), scripts);
        const onceText = JSON.stringify(once.collection);
        const twice = embedScripts(parseCollection(onceText), scripts);
        expect({ text: JSON.stringify(twice.collection), stale: twice.stale }).toEqual({ text: onceText, stale: [] });
        expect(withoutScripts(once.collection)).toBe(withoutScripts(parseCollection(text)));
      }),
    );
  });

  test('replaces src, because Newman would skip the script silently', () => {
    const collection = parseCollection(
      '{"item":[{"name":"A","event":[{"listen":"test","script":{"id":"x","src":"a.js","exec":"old"}}]}]}',
    );
    const { collection: embedded, stale } = embedScripts(collection, new Map([['a', { test: ['one();'] }]]));
    expect(stale).toEqual(['A']);
    expect(embedded.item[0]?.event?.[0]?.script).toEqual({
      id: 'x',
      type: 'text/javascript',
      exec: ['one();'],
    });
  });

  test.each([
    ['a request without a folder', '{"name":"A"}', new Map(), 'request "A" has no source folder'],
    ['a folder without a request', '', new Map([['b', {}]]), 'folder b belongs to no request'],
    [
      'two requests in one folder',
      '{"name":"A"},{"name":"a"}',
      new Map([['a', {}]]),
      'two requests share the folder a',
    ],
    [
      'a script without a source',
      '{"name":"A","event":[{"listen":"test","script":{"exec":["x"]}}]}',
      new Map([['a', {}]]),
      'request "A" has a test script but no source file for it',
    ],
  ])('objects to %s', (_name, items, sources: ForRequests<unknown>, fault) => {
    expect(mismatches(parseCollection(`{"item":[${items}]}`), sources)).toEqual([fault]);
  });

  test('keeps the empty scripts that Postman exports', () => {
    const empty = '{"item":[{"name":"A","event":[{"listen":"test","script":{"exec":[""]}}]}]}';
    expect(mismatches(parseCollection(empty), new Map([['a', {}]]))).toEqual([]);
  });

  test.each([
    ['Exchange code', 'exchange-code'],
    ['  API: v2 (old)', 'api-v2-old'],
  ])('calls the folder of "%s" %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});

/** The collection's text with every script and script event taken out that embedding may touch. */
function withoutScripts(collection: unknown): string {
  return JSON.stringify(collection, (key, value: unknown) => {
    if (key === 'event' && Array.isArray(value)) {
      const events = value as { listen: string; script: { type?: unknown; exec?: unknown } }[];
      const others = events.map(({ script: { type: _type, exec: _exec, ...script }, ...event }) => ({
        ...event,
        script,
      }));
      return others.filter((event) => Object.keys(event.script).length > 0 || Object.keys(event).length > 2);
    }
    return value;
  }).replaceAll(/,?"event":\[\]/g, '');
}

describe('npm run embed', () => {
  let project: string;
  let folder: string;
  let file: string;

  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), 'embed-'));
    folder = path.join(project, 'collections');
    file = path.join(folder, 'xero-oauth2.postman_collection.json');
    cpSync('collections', folder, { recursive: true });
    symlinkSync(path.resolve('scripts'), path.join(project, 'scripts')); // which the scripts import from
  });
  afterEach(() => rmSync(project, { recursive: true }));

  function embed(...args: string[]): { status: number | null; stderr: string } {
    const command = ['-r', 'ts-node/register', 'scripts/embed.ts', '--collections', folder, ...args];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    return { status, stderr };
  }

  test('does not write a collection whose scripts are right, however it is formatted', async () => {
    const exported = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, '\t');
    writeFileSync(file, exported);
    const { mtimeMs } = statSync(file);
    await embedFiles(folder, 'write', qaFiles);
    expect({ text: readFileSync(file, 'utf8'), mtimeMs: statSync(file).mtimeMs }).toEqual({ text: exported, mtimeMs });
  });

  test('names the stale request with --check, and mends it without', async () => {
    rmSync(path.join(folder, 'src', qaFiles.name), { recursive: true }); // large, and not what this is about
    const right = readFileSync(file, 'utf8');
    const collection = parseCollection(right);
    const request = requestsOf(collection).find(({ name }) => name === 'Refresh tokens');
    for (const { script } of request?.event ?? []) script.exec = '// edited in Postman';
    writeFileSync(file, JSON.stringify(collection));
    expect(embed('--check')).toEqual({
      status: 1,
      stderr: expect.stringContaining('the scripts of "Refresh tokens" are stale'),
    });
    expect(embed()).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(right));
    await embedFiles(folder, 'check', qaFiles);
  });

  test('fails with one line when a script has changed and the version has not', () => {
    rmSync(path.join(folder, 'src', qaFiles.name), { recursive: true });
    const script = path.join(folder, 'src/xero-oauth2/refresh-tokens/test.js');
    writeFileSync(script, `${readFileSync(script, 'utf8')}pm.variables.unset('once');\n`);
    const { info } = JSON.parse(readFileSync(file, 'utf8')) as { info: { version: string } };
    const { version } = info;
    const line = `${file}: requests or scripts are not those of version ${version}: raise info.version, say what has changed in info.description, then run: npm run embed\n`;
    expect(embed()).toEqual({ status: 1, stderr: line });
    expect(embed('--check')).toEqual({ status: 1, stderr: line });
    const risen = readFileSync(file, 'utf8').replaceAll(version, '9.0.0');
    writeFileSync(file, risen);
    expect(embed('--check').stderr).toContain('versions.json lacks the version of');
    expect(embed()).toEqual({ status: 0, stderr: '' });
    expect(embed('--check')).toEqual({ status: 0, stderr: '' });
  });

  test('names each file of v3 that is stale, missing or too many, and mends them', async () => {
    cpSync('environments', path.join(project, 'environments'), { recursive: true });
    rmSync(path.join(folder, 'src', qaFiles.name), { recursive: true });
    const root = path.join(folder, 'v3');
    const ours = path.join(root, 'Xero OAuth 2.0/Disconnect/Revoke consent.request.yaml');
    const [missing, extra] = [
      path.join(root, 'environments/web template.environment.yaml'),
      path.join(root, 'a/b.yaml'),
    ];
    const right = readFileSync(ours, 'utf8');
    await embedFiles(folder, 'check', qaFiles);
    writeFileSync(ours, right.replace('POST', 'GET'));
    rmSync(missing);
    mkdirSync(path.dirname(extra));
    writeFileSync(extra, '');
    const wrong = [ours, missing].map((one) => `${one} is not what its collection or template says`);
    await expect(embedFiles(folder, 'check', qaFiles)).rejects.toThrow(
      [...wrong, `${extra} belongs to no collection and no template`, 'run: npm run embed'].join('\n'),
    );
    await embedFiles(folder, 'write', qaFiles);
    expect(readFileSync(ours, 'utf8')).toBe(right);
    expect([missing, path.dirname(extra)].map((one) => existsSync(one))).toEqual([true, false]);
    await embedFiles(folder, 'check', qaFiles);
  });

  test('refuses sources without a collection', async () => {
    mkdirSync(path.join(folder, 'src', 'other', 'a'), { recursive: true });
    await expect(embedFiles(folder, 'write', qaFiles)).rejects.toThrow('other.postman_collection.json is missing');
  });
});
