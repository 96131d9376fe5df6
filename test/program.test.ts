import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Context } from '../scripts/context';
import type * as ProgramModule from '../scripts/program';
import { built } from './proofs/support/built';
import { buildFolder } from './support/build-folder';
import { runProgram } from './support/program';

const { defineCommands, verbs } = built<typeof ProgramModule>('program');

/** The commands that the program has for these words. */
function commandsFor(args: readonly string[]): readonly Command[] {
  const program = new Command();
  const never = (): Context => {
    throw new Error('no command was run');
  };
  defineCommands(program, args, never, () => undefined);
  return program.commands;
}

function namesFor(args: readonly string[]): string[] {
  return commandsFor(args).map((command) => command.name());
}

/** In the order of the help. */
const all = [
  ...[
    'init',
    'consent',
    'exchange',
    'listen',
    'refresh',
    'status',
    'list',
    'find',
    'log',
    'token',
    'exec',
    'serve',
    'client',
    'doctor',
    'set',
    'rename',
    'remove',
    'export',
    'adopt',
    'store',
    'seal',
    'unseal',
    'key',
  ],
  ...['restore', 'connections', 'revoke', 'schedule', 'lint', 'sandbox', 'demo', 'qa', 'completion', 'help'],
];

/** What these say is made from all verbs. */
const ofAll = ['completion', 'help'];

test.each(Object.keys(verbs).filter((name) => !ofAll.includes(name)))(
  '%s is the one verb that its module defines',
  (name) => {
    const [command, ...others] = commandsFor([name]);
    expect([command?.name(), ...(command?.aliases() ?? [])]).toContain(name);
    expect(others).toEqual([]);
  },
);

test('import is another name of adopt', () => {
  expect(commandsFor(['import', 'acme', 'export.json']).map((command) => command.aliases())).toEqual([['import']]);
});

test.each<[string, string[], string[]]>([
  ['a verb', ['refresh', 'acme'], ['refresh']],
  ['a verb with an environment that is called like another', ['import', 'status', 'export.json'], ['adopt']],
  ['a verb after an option', ['--environments', 'customers', 'status'], ['status']],
  ['a verb after a folder that is called like another', ['--environments', 'log', 'status'], ['status']],
  ['a command line of its own behind exec', ['exec', 'acme', '--', 'evergrant', 'qa'], ['exec']],
  ['a verb’s help', ['refresh', '--help'], ['refresh']],
  ['help', ['--help'], all],
  ['help before a verb', ['--help', 'refresh'], all],
  ['help for a verb', ['help', 'refresh'], all],
  ['completion', ['completion', 'bash'], all],
  ['what a shell asks while one types', ['completion', '--names'], ['completion']],
  ['a word that is none', ['refersh'], all],
  ['the name of a property', ['constructor'], all],
  ['nothing', [], all],
])('%s is looked for among what it may be', (_, args, expected) => {
  expect(namesFor(args)).toEqual(expected);
});

const slow = ['newman', 'postman-collection', 'oidc-provider', 'koa', 'prom-client', 'cli-progress', 'open', 'dotenv'];

/** Which verbs, and which packages, a run of the program has loaded. */
async function loadedBy(args: readonly string[]): Promise<{ verbs: string[]; packages: string[] }> {
  const telling = `--import=data:text/javascript,${encodeURIComponent(
    "import m from 'node:module'; process.on('exit', () => console.error('loaded ' + Object.keys(m.createRequire('/')('node:module')._cache).join(' ')));",
  )}`;
  const { stderr } = await runProgram([path.join(buildFolder(), 'cli.js'), ...args], tmpdir(), {
    variables: { NODE_OPTIONS: telling },
  });
  const files = stderr
    .slice(stderr.lastIndexOf('loaded ') + 'loaded '.length)
    .trim()
    .split(' ');
  const inFolder = path.join(buildFolder(), 'commands') + path.sep;
  const packages = files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const found = files.filter((file) => file.startsWith(inFolder)).map((file) => path.basename(file, '.js'));
  return { verbs: found.filter((name) => all.includes(name)), packages: [...new Set(packages)] };
}

test.each(['refresh', 'status', 'token', 'exec'])('%s loads no other verb, and no slow package', async (name) => {
  const { verbs: loaded, packages } = await loadedBy([name, '--help']);
  expect(loaded).toEqual([name]);
  expect(packages.filter((one) => slow.includes(one))).toEqual([]);
});

test('the help of all verbs loads no slow package either', async () => {
  const { verbs: loaded, packages } = await loadedBy(['--help']);
  expect(loaded.toSorted()).toEqual(all.toSorted());
  expect(packages.filter((one) => slow.includes(one))).toEqual([]);
});

test('what is loaded late has the type of what is loaded', () => {
  const root = path.join(__dirname, '../scripts');
  const files = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const casts = files.flatMap((file) => {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(/require\('([^']+)'\) as typeof import\('([^']+)'\)/g)].map(([, loaded, type]) => ({
      file,
      loaded,
      type,
    }));
  });
  expect(casts.length).toBeGreaterThan(20);
  expect(casts.filter(({ loaded, type }) => loaded !== type)).toEqual([]);
});
