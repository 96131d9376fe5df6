// @ts-check
'use strict';
/**
 * Before `npm publish`: only the workflow that a version's tag starts may publish, so that what is published is what the
 * tag names and npm can say where it was built (provenance).
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

/** @returns {string | undefined} what keeps this version from being published */
function obstacle() {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (process.env['GITHUB_ACTIONS'] !== 'true') {
    return `only the release workflow publishes: git tag v${version} && git push origin v${version}`;
  }
  const { stdout } = spawnSync('git', ['tag', '--points-at', 'HEAD'], { cwd: root, encoding: 'utf8' });
  if (!stdout.split('\n').includes(`v${version}`)) return `this commit has no tag v${version}`;
  const changelog = fs.readFileSync(path.join(root, '.github/CHANGELOG.md'), 'utf8');
  return changelog.includes(`## [${version}] - `) ? undefined : `the changelog has no section [${version}] with a date`;
}

const problem = obstacle();
if (problem !== undefined) {
  console.error(`evergrant is not published: ${problem}`);
  process.exitCode = 1;
}
