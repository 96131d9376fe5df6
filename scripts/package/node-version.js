'use strict';
/* Written in old JavaScript: a Node.js that is too old must be able to read it to say so. */

/**
 * What is wrong with a version of Node.js, as in `process.versions.node`; undefined when nothing is.
 * @param {string} version
 */
exports.problemOf = function (version) {
  var parts = version.split('.').map(Number);
  var major = parts[0] || 0;
  var minor = parts[1] || 0;
  // The others can't load an ES module by require.
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return undefined;
  return 'evergrant needs Node.js 20.19 or later of 20, or 22.12 or later; this is ' + version;
};

/** Ends the program with one line and exit code 2 when this Node.js is too old. */
exports.demand = function () {
  var problem = exports.problemOf(process.versions.node);
  if (problem === undefined) return;
  console.error(problem);
  process.exit(2);
};
