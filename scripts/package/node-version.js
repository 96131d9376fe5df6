'use strict';
/* Written so that any Node.js can read it, however old: it is what tells such a one that it is too old. */

/**
 * What is wrong with a version of Node.js, as `process.versions.node` has it; undefined for one that will do.
 * @param {string} version
 */
exports.problemOf = function (version) {
  var parts = version.split('.').map(Number);
  var major = parts[0] || 0;
  if (major > 20 || (major === 20 && (parts[1] || 0) >= 19)) return undefined;
  return 'evergrant needs Node.js 20.19 or later; this is ' + version;
};

/** Ends a program that runs on a Node.js too old for it, with one line and exit code 2. */
exports.demand = function () {
  var problem = exports.problemOf(process.versions.node);
  if (problem === undefined) return;
  console.error(problem);
  process.exit(2);
};
