// @ts-check
'use strict';
/**
 * Checks the package as others will see it, by publint and Are the types wrong?, which know what Node.js, bundlers and
 * TypeScript make of one. `npm pack` and `npm publish` run it first. The tools pack a copy without the dependencies that
 * ours brings along: these are none of their business, and would take minutes.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const parts = ['dist', 'collections', 'environments', 'scripts/package', 'scripts/report', 'README.md', 'LICENSE'];
const tools = [
  ['publint', '--strict', '--level', 'warning', '--pack', 'npm'],
  ['attw', '--pack', '.', '--quiet'],
];

function main() {
  const copy = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-package-'));
  try {
    for (const part of parts) fs.cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
    const { scripts: _, ...rest } = JSON.parse(read('package.json'));
    fs.writeFileSync(path.join(copy, 'package.json'), JSON.stringify(rest, null, 2));
    for (const tool of tools) if (!passes(tool, copy)) process.exitCode = 1;
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

/** @param {string} file */
function read(file) {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

/**
 * @param {string[]} tool
 * @param {string} cwd
 */
function passes([tool = '', ...args], cwd) {
  const isWindows = process.platform === 'win32';
  const stdio = /** @type {import('node:child_process').StdioOptions} */ (['ignore', 2, 2]); // stdout is for npm's results
  // What npm was told, such as where to put the file, is not for the npm that the tools start.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_config_')));
  return (
    spawnSync(path.join(root, 'node_modules/.bin', tool), args, { cwd, env, stdio, shell: isWindows }).status === 0
  );
}

main();
