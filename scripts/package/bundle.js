// @ts-check
'use strict';
/**
 * Before `npm pack`: Newman and its reporter go into the packed file with all that they need, as `overrides` have mended it.
 * npm obeys `overrides` only in the project that it installs in, and a lock in the packed file only where a registry
 * announces it; so whoever installs the file would get the versions with published faults. `bundle.js end`, after it, takes
 * the line out of package.json again: with it there, `npm ci` doesn't end.
 */
const fs = require('node:fs');
const path = require('node:path');

const file = path.resolve(__dirname, '../../package.json');
const before = '  "overrides": {';
const line = '  "bundleDependencies": ["newman", "newman-reporter-htmlextra"],\n';

const text = fs.readFileSync(file, 'utf8').replace(line, '');
const isOver = process.argv[2] === 'end';
if (!isOver && !text.includes(before)) throw new Error(`package.json has no line ${before}`);
fs.writeFileSync(file, isOver ? text : text.replace(before, line + before));
