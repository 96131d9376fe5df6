#!/usr/bin/env node
'use strict';
/*
 * The program that npm installs. It is committed and executable, so that it is there even when the build is not. It is
 * written in old JavaScript, which any Node.js can read.
 */
var fs = require('fs');
var path = require('path');

require('./node-version').demand();
var root = path.resolve(__dirname, '../..');
var program = path.join(root, 'dist/cli.js');
if (fs.existsSync(program)) {
  require(program);
} else {
  console.error('evergrant is not built\n  → build it: npm ci in ' + root);
  process.exitCode = 2;
}
