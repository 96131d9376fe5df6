// @ts-check
'use strict';
/**
 * Starts the program of a build. The modules that most starts need stand together in one file, with the code that V8 has
 * compiled of it beside it, because finding, reading and compiling each of them takes twice the time. Without code of this
 * very Node.js, as in a package that was built elsewhere, each module is loaded from its own file.
 */
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/**
 * By their paths from the folder of the build: what each module runs, and the modules that its requests mean.
 * @typedef {Record<string, { run: Function, requests: Record<string, string> }>} Modules
 * @typedef {'files' | 'database'} Part
 */

/** Starts with `cli.js`. @param {string} build */
exports.start = function (build) {
  if (fs.existsSync(exports.filesOf(build, 'files').code)) exports.loaderOf(build).load('cli.js');
  else require(path.join(build, 'cli.js'));
};

/**
 * The file with the modules, and the file with their compiled code. The first part has all that a start with environments
 * in files needs, the second what a database needs besides.
 * @param {string} build
 * @param {Part} part
 */
exports.filesOf = function (build, part) {
  const modules = path.join(build, 'start', `${part}.js`);
  return { modules, code: `${modules}.${process.version}-${process.arch}` };
};

/**
 * `load` is `require` for the path of a module from the folder of the build; `scripts` has each part that it has read.
 * @param {string} build
 */
exports.loaderOf = function (build) {
  /** @type {Modules} */
  const modules = {};
  /** @type {Map<Part, vm.Script>} */
  const scripts = new Map();
  /** @param {Part} part */
  const read = (part) => {
    const { modules: filename, code } = exports.filesOf(build, part);
    const cachedData = fs.existsSync(code) ? fs.readFileSync(code) : undefined;
    const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new vm.Script(fs.readFileSync(filename, 'latin1'), {
      filename,
      cachedData,
      importModuleDynamically,
    });
    Object.assign(modules, script.runInThisContext());
    scripts.set(part, script);
  };
  /** @param {string} name */
  const load = (name) => {
    const file = path.join(build, name);
    const loaded = require.cache[file];
    if (loaded !== undefined) return loaded.exports;
    if (!(name in modules)) read('database');
    const { run, requests } = /** @type {Modules[string]} */ (modules[name]);
    const made = new Module(file);
    require.cache[file] = made;
    const elsewhere = Module.createRequire(file);
    /** @param {string} request */
    const own = (request) => {
      const known = requests[request];
      return known === undefined ? elsewhere(request) : load(known);
    };
    Object.setPrototypeOf(own, elsewhere);
    try {
      run.call(made.exports, made.exports, own, made, file, path.dirname(file));
    } catch (error) {
      delete require.cache[file]; // as Node.js does, so that whoever asks again does not get half of it
      throw error;
    }
    return made.exports;
  };
  read('files');
  return { load, scripts };
};
