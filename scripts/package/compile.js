// @ts-check
'use strict';
/**
 * Writes what a build is started from: `compile.js BUILD modules` puts the modules of a start together, then `compile.js
 * BUILD code` lets V8 compile them. For both, the program runs as it does most often: with an environment whose access
 * token is still good.
 */
const fs = require('node:fs');
const Module = /** @type {any} */ (require('node:module')); // `_compile` and `wrap` have no types
const { tmpdir } = require('node:os');
const path = require('node:path');
const ts = require('typescript');
const { filesOf, loaderOf } = require('./start');

const template = path.resolve(__dirname, '../../environments/web.template.postman_environment.json');
const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
/** @type {Record<string, string>} */
const connected = {
  token_url: 'http://127.0.0.1:1/connect/token', // nobody is there: a build never asks Xero
  client_id: 'client',
  client_secret: 'secret',
  access_token: 'access',
  access_token_expires_at: tomorrow,
  refresh_token: 'refresh',
  refresh_token_expires_at: tomorrow,
  generation: '1',
  tenant_id: '00000000-0000-0000-0000-000000000000',
  grant_status: 'connected',
};

/** @param {string} build */
function putTogether(build) {
  const sources = record();
  run(
    (name) => require(path.join(build, name)),
    (loadForDatabase) => {
      const files = [...sources.keys()];
      loadForDatabase();
      const database = [...sources.keys()].slice(files.length);
      fs.mkdirSync(path.join(build, 'start'));
      fs.writeFileSync(filesOf(build, 'files').modules, textOf(build, files, sources));
      fs.writeFileSync(filesOf(build, 'database').modules, textOf(build, database, sources));
    },
  );
}

/** @param {string} build */
function compile(build) {
  const { load, scripts } = loaderOf(build);
  run(load, (loadForDatabase) => {
    loadForDatabase();
    for (const [part, script] of scripts) fs.writeFileSync(filesOf(build, part).code, script.createCachedData());
  });
}

/**
 * Runs the program in this process, with an environment that is gone at the end, and with nobody's settings.
 * @param {(name: string) => any} load
 * @param {(loadForDatabase: () => void) => void} atEnd
 */
function run(load, atEnd) {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-build-'));
  const file = path.join(folder, 'usual.postman_environment.json');
  fs.writeFileSync(file, connectedEnvironment(), { mode: 0o600 });
  for (const name of Object.keys(process.env)) if (name.startsWith('EVERGRANT_')) delete process.env[name];
  process.chdir(folder); // where no .env is
  process.argv = [process.execPath, 'evergrant', '--environments', folder, 'refresh', file];
  process.on('exit', () => {
    fs.rmSync(folder, { recursive: true, force: true });
    atEnd(() => {
      for (const name of ['open-store', 'database-store', 'database']) load(`environment/database/${name}.js`);
      void load('environment/database/node-postgres.js').pg;
    });
  });
  load('cli.js');
}

function connectedEnvironment() {
  const { values, ...rest } = JSON.parse(fs.readFileSync(template, 'utf8'));
  const unset = values.filter((/** @type {{ key: string }} */ { key }) => !(key in connected));
  const set = Object.entries(connected).map(([key, value]) => ({ key, value, enabled: true }));
  return JSON.stringify({ ...rest, values: [...unset, ...set] });
}

/**
 * Notes the source of each module that this process loads from now on, by its path.
 * @returns {Map<string, string>}
 */
function record() {
  const sources = new Map();
  const { _compile: compile } = Module.prototype;
  Module.prototype._compile = function (/** @type {string} */ source, /** @type {string} */ file) {
    sources.set(file, source);
    return compile.call(this, source, file);
  };
  return sources;
}

/**
 * A script whose value is the modules of these files, as start.js reads them.
 * @param {string} build
 * @param {string[]} files
 * @param {ReadonlyMap<string, string>} sources
 */
function textOf(build, files, sources) {
  const nameOf = (/** @type {string} */ file) => path.relative(build, file).split(path.sep).join('/');
  const texts = files.map((file) => {
    const source = shortened(sources.get(file) ?? '');
    /** @type {Record<string, string>} */
    const requests = {};
    for (const [, request = ''] of source.matchAll(/\brequire\(["']([^"']+)["']\)/g)) {
      const meant = resolved(request, file);
      if (sources.has(meant)) requests[request] = nameOf(meant);
    }
    const run = Module.wrap(source).replace(/;$/, '');
    return `${JSON.stringify(nameOf(file))}: { requests: ${JSON.stringify(requests)}, run: ${run} }`;
  });
  return `({\n${texts.join(',\n')}\n})`;
}

/**
 * @param {string} request
 * @param {string} file
 * @returns {string} the path that a module means; '' for one that is not there
 */
function resolved(request, file) {
  try {
    return Module.createRequire(file).resolve(request);
  } catch {
    return '';
  }
}

/**
 * A source without comments, and with one byte for each character, which V8 reads in half the time.
 * @param {string} source
 */
function shortened(source) {
  const compilerOptions = { removeComments: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.Preserve };
  const { outputText } = ts.transpileModule(source.replace(/^#!.*/, ''), { compilerOptions });
  return outputText.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const [, , build = '', what] = process.argv;
if (what === 'modules') putTogether(path.resolve(build));
else compile(path.resolve(build));
