import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeScript } from '../../scripts/collection/compose';
import { embedFiles } from '../../scripts/collection/embed-files';
import { embedScripts, mismatches, slugOf, type RequestSources } from '../../scripts/collection/embed-scripts';
import { parseCollection } from '../../scripts/collection/shape';
import { qaCollection } from '../../scripts/qa/build/files';

describe('composeScript', () => {
  const shared = new Map([
    ['ask', 'function ask() {\n  return judge();\n}\n'],
    ['judge', 'function judge() {\n  return 1;\n}\n'],
    ['zoom', 'function zoom() {}\n'],
  ]);

  it('pastes the functions that a script calls, and those they call, in alphabetical order', () => {
    expect(composeScript('ask();\r\n', shared).join('\n')).toBe(
      'function ask() {\n  return judge();\n}\n\nfunction judge() {\n  return 1;\n}\n\nask();',
    );
  });

  it('pastes a function whose result is spread', () => {
    expect(composeScript('const all = [...zoom()];', shared)).toEqual([
      'function zoom() {}',
      '',
      'const all = [...zoom()];',
    ]);
  });

  it('pastes nothing for a method or a longer name', () => {
    expect(composeScript('pm.ask(); asked(); $ask(); const ask = 1;', shared)).toHaveLength(1);
  });
});

describe('embedScripts', () => {
  const shared = new Map([['one', 'function one() {}']]);
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
  const sourcesOf = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, at): [string, RequestSources] => [`request-${at}`, { test: `one(${at});` }]),
    );

  it('changes nothing but the scripts, and nothing at all the second time', () => {
    fc.assert(
      fc.property(collections, (given) => {
        const text = JSON.stringify(given);
        const sources = sourcesOf(6);
        const once = embedScripts(parseCollection(text), sources, shared);
        const onceText = JSON.stringify(once.collection);
        const twice = embedScripts(parseCollection(onceText), sources, shared);
        expect({ text: JSON.stringify(twice.collection), stale: twice.stale }).toEqual({ text: onceText, stale: [] });
        expect(withoutScripts(once.collection)).toBe(withoutScripts(parseCollection(text)));
      }),
    );
  });

  it('replaces src, which Newman would skip without a word', () => {
    const collection = parseCollection(
      '{"item":[{"name":"A","event":[{"listen":"test","script":{"id":"x","src":"a.js","exec":"old"}}]}]}',
    );
    const { collection: embedded, stale } = embedScripts(collection, new Map([['a', { test: 'one();' }]]), shared);
    expect(stale).toEqual(['A']);
    expect(embedded.item[0]?.event?.[0]?.script).toEqual({
      id: 'x',
      type: 'text/javascript',
      exec: ['function one() {}', '', 'one();'],
    });
  });

  it.each([
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
  ])('objects to %s', (_name, items, sources: Map<string, RequestSources>, fault) => {
    expect(mismatches(parseCollection(`{"item":[${items}]}`), sources)).toEqual([fault]);
  });

  it('lets the empty scripts stand that Postman exports', () => {
    const empty = '{"item":[{"name":"A","event":[{"listen":"test","script":{"exec":[""]}}]}]}';
    expect(mismatches(parseCollection(empty), new Map([['a', {}]]))).toEqual([]);
  });

  it.each([
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
      const others = value.map(({ script: { type: _type, exec: _exec, ...script }, ...event }) => ({
        ...event,
        script,
      }));
      return others.filter((event) => Object.keys(event.script).length > 0 || Object.keys(event).length > 2);
    }
    return value;
  }).replaceAll(/,?"event":\[\]/g, '');
}

describe('npm run embed', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'embed-'));
    file = path.join(folder, 'xero-oauth2.postman_collection.json');
    cpSync('collections', folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function embed(...args: string[]): { status: number | null; stderr: string } {
    const command = ['-r', 'ts-node/register', 'scripts/embed.ts', '--collections', folder, ...args];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    return { status, stderr };
  }

  it('leaves a collection alone whose scripts are right, however it is formatted', async () => {
    const exported = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, '\t');
    writeFileSync(file, exported);
    const { mtimeMs } = statSync(file);
    await embedFiles(folder, 'write');
    expect({ text: readFileSync(file, 'utf8'), mtimeMs: statSync(file).mtimeMs }).toEqual({ text: exported, mtimeMs });
  });

  it('names the stale request with --check, and mends it without', async () => {
    rmSync(path.join(folder, 'src', qaCollection), { recursive: true }); // large, and not what this is about
    const right = readFileSync(file, 'utf8');
    const collection = JSON.parse(right);
    collection.item[1].item[0].event[1].script.exec.push('// edited in Postman');
    writeFileSync(file, JSON.stringify(collection));
    expect(embed('--check')).toEqual({
      status: 1,
      stderr: expect.stringContaining('the scripts of "Refresh tokens" are stale'),
    });
    expect(embed()).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(right));
    await embedFiles(folder, 'check');
  });

  it('fails with one line when a script has changed and the version has not', () => {
    rmSync(path.join(folder, 'src', qaCollection), { recursive: true });
    const script = path.join(folder, 'src/xero-oauth2/refresh-tokens/test.js');
    writeFileSync(script, `${readFileSync(script, 'utf8')}// once more\n`);
    const { version } = JSON.parse(readFileSync(file, 'utf8')).info;
    const line = `${file}: requests or scripts are not those of version ${version}: raise info.version, say what has changed in info.description, then run: npm run embed\n`;
    expect(embed()).toEqual({ status: 1, stderr: line });
    expect(embed('--check')).toEqual({ status: 1, stderr: line });
    const risen = readFileSync(file, 'utf8').replaceAll(version, '9.0.0');
    writeFileSync(file, risen);
    expect(embed('--check').stderr).toContain('versions.json lacks the version of');
    expect(embed()).toEqual({ status: 0, stderr: '' });
    expect(embed('--check')).toEqual({ status: 0, stderr: '' });
  });

  it('refuses sources without a collection', async () => {
    mkdirSync(path.join(folder, 'src', 'other', 'a'), { recursive: true });
    await expect(embedFiles(folder, 'write')).rejects.toThrow('other.postman_collection.json is missing');
  });

  it('refuses a shared file that does not define the function it is named after', async () => {
    writeFileSync(path.join(folder, 'src', '_shared', 'ask.js'), 'function other() {}');
    await expect(embedFiles(folder, 'check')).rejects.toThrow('_shared/ask.js does not define');
  });
});
