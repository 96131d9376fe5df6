import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../environment/files/children';
import type { Result } from '../support/program';

/** A project that is built as evergrant is, by the same program, with a compiler that is quick: it copies. */
export interface SmallProject {
  readonly folder: string;
  readonly dist: string;
  /** Changes the sources: what the program says is this from the next build on. */
  change(version: string): void;
  /** Gives what the program loads late a text of its own. */
  write(file: string, text: string): void;
  build(options?: RunOptions): Promise<Result>;
  run(program: string, options?: RunOptions): Promise<Result>;
  /** Names, times and owners of all that lies in `dist`. */
  look(): string[];
}

interface RunOptions {
  readonly uid?: number | undefined;
  readonly variables?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** Says its version, waits for a line where it is told to, and loads the rest of itself only then. */
const cli = (version: string): string => `
const read = () => require('./late').say('${version}');
if (process.argv[2] === 'wait') {
  process.stdout.write('ready\\n');
  process.stdin.once('data', read);
} else setTimeout(read, 20);
`;

const late = (version: string): string => `
exports.say = (early) => process.stdout.write(early + ' ${version}\\n');
`;

/** Writes the one man page, into the folder that it is given. */
const manPages = `
const fs = require('node:fs');
const [folder, version, day] = process.argv.slice(2);
fs.mkdirSync(folder);
fs.writeFileSync(folder + '/small.1', version);
`;

/** `tsc -p FOLDER --outDir FOLDER`; a source that says so doesn't compile, or lets it wait for ever. */
const compiler = `
const fs = require('node:fs');
const [, from, , to] = process.argv.slice(2);
for (const name of fs.readdirSync(from).filter((name) => name.endsWith('.ts'))) {
  const text = fs.readFileSync(from + '/' + name, 'utf8');
  if (text.includes('does not compile')) process.exit(2);
  fs.writeFileSync(to + '/' + name.replace('.ts', '.js'), text);
  if (text.includes('waits for ever')) setInterval(() => {}, 1000);
}
`;

export function makeSmallProject(): SmallProject {
  const folder = makeFolder();
  fs.chmodSync(folder, 0o755);
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  const change = (version: string): void => {
    write('scripts/cli.ts', cli(version));
    write('scripts/late.ts', late(version));
  };
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/tsconfig.json']) {
    write(file, fs.readFileSync(file, 'utf8'));
  }
  fs.cpSync('scripts/package', path.join(folder, 'scripts/package'), { recursive: true });
  write('scripts/package/compile.js', ''); // it starts from its modules
  for (const name of devTypes()) write(`node_modules/${name}/index.d.ts`, '');
  write('node_modules/typescript/bin/tsc', compiler);
  write('scripts/index.ts', `exports.name = 'evergrant';\n`);
  write('scripts/man-pages.ts', manPages);
  change('one');
  const dist = path.join(folder, 'dist');
  const run = (program: string, options?: RunOptions): Promise<Result> =>
    runNode(path.join(folder, program), folder, options);
  const build = (options?: RunOptions): Promise<Result> => run('scripts/package/build.js', options);
  return { folder, dist, change, write, build, run, look: () => lookAt(dist) };
}

function devTypes(): string[] {
  const { devDependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { devDependencies: object };
  return Object.keys(devDependencies).filter((name) => name.startsWith('@types/'));
}

function lookAt(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return [...entries, '.'].map((name) => {
    const { mode, uid, ino, mtimeMs, ctimeMs } = fs.statSync(path.join(folder, name));
    return [name, mode, uid, ino, mtimeMs, ctimeMs].join(' ');
  });
}

function runNode(program: string, cwd: string, options: RunOptions = {}): Promise<Result> {
  const { uid, variables = {}, nodeArgs = [] } = options;
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [...nodeArgs, program], {
    cwd,
    env: { PATH, HOME: cwd, ...variables },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return resultOf(child);
}

export async function resultOf(child: ChildProcessWithoutNullStreams): Promise<Result> {
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null]; // as Node documents
  return { code, ...said };
}
