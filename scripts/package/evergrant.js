#!/usr/bin/env node
'use strict';
/* The program as npm installs it: committed and executable, whatever happens to what is built. Plain old JavaScript, too. */
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
