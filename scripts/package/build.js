// @ts-check
'use strict';
/**
 * Builds `dist` from the sources, unless it is already built from them. Each build has a folder of its own, whose name is a
 * hash of the sources; `dist/cli.js` and `dist/index.js` always load the newest build. So a running program keeps the
 * modules that it started with, and a program that starts during a build gets all of the old build or all of the new one.
 * Writes nothing when there is nothing to build. A build that was replaced is kept for at least a day.
 */
const { spawnSync } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { problemOf: problemOfNode } = require('./node-version');
const { isNpx, linkForNpx } = require('./npx-link');

const root = path.resolve(__dirname, '../..');
const dist = path.join(root, 'dist');
const buildName = /^[0-9a-f]{16}$/;
/** How the name of an unfinished build in `dist` begins. */
const underWay = '.new-';
/** The folder of the man pages, in a build and beside it: npm finds them only in a place that never changes. */
const manFolder = 'man';
const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
const dayMs = 24 * 60 * 60 * 1000;

/** Its message says in one line why there is no build. */
class NoBuild extends Error {}

function main() {
  if (!fs.existsSync(path.join(root, 'scripts/tsconfig.json'))) return 0; // an installed package contains its build
  try {
    const tooOld = problemOfNode(process.versions.node);
    if (tooOld !== undefined) throw new NoBuild(tooOld);
    if (isNpx) linkForNpx(root);
    buildIfNeeded(nameOfBuild());
    return 0;
  } catch (error) {
    console.error(problemOf(error));
    return isNpx ? 0 : 1; // with 1, npx would never run anything here again; now it runs the program, which says what is wrong
  }
}

/** @param {string} name */
function buildIfNeeded(name) {
  const folder = path.join(dist, name);
  const isBuilt = fs.existsSync(folder);
  if (isBuilt && Object.entries(entriesOf(name)).every(([file, text]) => isText(path.join(dist, file), text))) return;
  if (!isBuilt) compileInto(folder);
  fs.utimesSync(folder, new Date(), new Date());
  const entries = entriesOf(name);
  for (const [file, text] of Object.entries(entries)) replaceFile(file, text);
  for (const file of manPagesIn(dist)) if (!(file in entries)) fs.rmSync(path.join(dist, file), { force: true });
  removeOthers(new Set([...Object.keys(entries), manFolder, name]));
}

/** A hash of all that a build depends on: the sources, this program, the packages, and the version that it prints. */
function nameOfBuild() {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(version);
  for (const file of ['tsconfig.json', 'package-lock.json', ...sources()]) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function sources() {
  const files = fs.readdirSync(path.join(root, 'scripts'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.(ts|js|json)$/.test(file))
    .map((file) => path.posix.join('scripts', ...file.split(path.sep)))
    .sort();
}

/**
 * The files with fixed names in `dist`. `cli.js` is written last, because its existence means that a build is complete.
 * @param {string} name
 * @returns {Record<string, string>}
 */
function entriesOf(name) {
  const nodeVersion = `require('../scripts/package/node-version.js')`;
  return {
    '.npmignore': `/*/\n!/${name}/\n!/${manFolder}/\n/${name}/${manFolder}/\n/${name}/start/\n`,
    ...manPagesOf(name),
    'index.d.ts': `export * from './${name}/index.js';\n`,
    'index.js': `'use strict';
const problem = ${nodeVersion}.problemOf(process.versions.node);
if (problem !== undefined) throw new Error(problem);
module.exports = require('./${name}/index.js');
`,
    'cli.js': `#!/usr/bin/env node
'use strict';
${nodeVersion}.demand();
try {
  require('../scripts/package/start.js').start(__dirname + '/${name}');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  console.error('evergrant: a module of this program is missing: npm may be at work\\n  → run again when it has ended, or install evergrant again');
  process.exitCode = 4;
}
`,
  };
}

/**
 * The man pages of a build, as files beside it.
 * @param {string} name
 * @returns {Record<string, string>}
 */
function manPagesOf(name) {
  const build = path.join(dist, name);
  return Object.fromEntries(manPagesIn(build).map((file) => [file, fs.readFileSync(path.join(build, file), 'utf8')]));
}

/** @param {string} folder */
function manPagesIn(folder) {
  const pages = path.join(folder, manFolder);
  return fs.existsSync(pages) ? fs.readdirSync(pages).map((file) => path.posix.join(manFolder, file)) : [];
}

/**
 * Makes the folder as a whole: it is never there with only some of its files. When two processes build at the same time,
 * one of the two results is kept.
 * @param {string} folder
 */
function compileInto(folder) {
  if (![compiler, ...typePackages()].every((file) => fs.existsSync(file))) throw noCompiler();
  fs.mkdirSync(dist, { recursive: true });
  const making = newName();
  fs.mkdirSync(making);
  try {
    run([compiler, '-p', path.join(root, 'scripts'), '--outDir', making], "evergrant's sources do not compile");
    writeManPages(making);
    prepareStart(making);
    flush(making);
    moveTo(making, folder);
  } finally {
    fs.rmSync(making, { recursive: true, force: true });
  }
}

/**
 * Lets a build write its own man pages, because only the program knows its verbs.
 * @param {string} build
 */
function writeManPages(build) {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const day = new Date().toISOString().slice(0, 10);
  const args = [path.join(build, 'man-pages.js'), path.join(build, manFolder), version, day];
  run(args, "evergrant's man pages can't be made");
}

/**
 * Writes what the build starts from in half the time. Without it, it starts all the same.
 * @param {string} build
 */
function prepareStart(build) {
  for (const what of ['modules', 'code']) {
    const args = [path.join(__dirname, 'compile.js'), build, what];
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) return void console.error('evergrant is built, but starts slowly here');
  }
}

/**
 * @param {string[]} args of Node.js
 * @param {string} problem
 */
function run(args, problem) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new NoBuild(`${problem}; dist is as it was`);
}

/** The packages with types that the compiler needs; like the compiler, they are installed for development only. */
function typePackages() {
  const { devDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const names = Object.keys(devDependencies).filter((name) => name.startsWith('@types/'));
  return names.map((name) => path.join(root, 'node_modules', name));
}

function noCompiler() {
  return new NoBuild(
    `evergrant is not built from these sources, and nothing is here to build it with: npm ci in ${root}, with the packages for development; or install a package that npm pack made`,
  );
}

function newName() {
  return path.join(dist, `${underWay}${randomBytes(6).toString('hex')}`);
}

/**
 * Writes a build to the disk. After a power cut, a module could otherwise be empty: it would do nothing, with no error.
 * @param {string} folder
 */
function flush(folder) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) flushFile(path.join(entry.parentPath, entry.name));
  }
}

/** @param {string} file */
function flushFile(file) {
  const descriptor = fs.openSync(file, 'r+');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * @param {string} making
 * @param {string} folder
 */
function moveTo(making, folder) {
  try {
    fs.renameSync(making, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error; // another process has made the same build
  }
}

/**
 * @param {string} name the file's path in `dist`
 * @param {string} text
 */
function replaceFile(name, text) {
  const making = newName();
  fs.mkdirSync(path.dirname(path.join(dist, name)), { recursive: true });
  fs.writeFileSync(making, text, { flag: 'wx' });
  fs.chmodSync(making, name === 'cli.js' ? 0o755 : 0o644); // chmod, because the umask changes the mode of a new file
  flushFile(making);
  fs.renameSync(making, path.join(dist, name));
}

/**
 * Removes builds that no running program can use any more. One that can't be removed stays.
 * @param {ReadonlySet<string>} kept
 */
function removeOthers(kept) {
  for (const name of outdated(kept)) {
    try {
      fs.rmSync(path.join(dist, name), { recursive: true, force: true });
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

/**
 * A build is outdated when it was replaced more than a day ago and at least three newer ones exist. An unfinished build is
 * outdated after a day, and any other file at once.
 * @param {ReadonlySet<string>} kept
 */
function outdated(kept) {
  const aDayAgo = Date.now() - dayMs;
  const others = fs.readdirSync(dist).map((name) => ({ name, at: changedAt(path.join(dist, name)) }));
  const builds = others.filter(({ name }) => buildName.test(name)).sort((one, other) => other.at - one.at);
  const old = builds.filter((_, index) => index > 2 && (builds[index - 1]?.at ?? 0) < aDayAgo);
  const half = others.filter(({ name, at }) => name.startsWith(underWay) && at < aDayAgo);
  const strange = others.filter(({ name }) => !buildName.test(name) && !name.startsWith(underWay));
  return [...old, ...half, ...strange].map(({ name }) => name).filter((name) => !kept.has(name));
}

/** @param {string} file */
function changedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * @param {string} file
 * @param {string} text
 */
function isText(file, text) {
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text;
}

/** @param {unknown} error */
function isSystemError(error) {
  return error instanceof Error && 'syscall' in error;
}

/** @param {unknown} error */
function problemOf(error) {
  if (error instanceof NoBuild) return error.message;
  if (!(error instanceof Error) || !isSystemError(error)) throw error;
  return `evergrant is not built from these sources, and can't be built here (${error.message}): whoever owns ${root} runs npm ci there`;
}

process.exitCode = main();
