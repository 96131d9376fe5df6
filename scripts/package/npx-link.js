// @ts-check
'use strict';
/**
 * Makes `npx evergrant` work for a user who doesn't own this folder. npx runs `prepare` once for each user. Then it links
 * the folder into the user's npx folder, links the program, and makes the program executable through that link. For a user
 * who doesn't own the program this fails, and npx fails from then on (npm 11: exit code 255, then 254). npm doesn't touch a
 * link that exists already, so `prepare` makes it before npm does.
 */
const fs = require('node:fs');
const path = require('node:path');

const program = path.join(__dirname, 'evergrant.js');

exports.isNpx = process.env['npm_command'] === 'exec';

/** @param {string} root the project's folder */
exports.linkForNpx = function (root) {
  const cache = path.join(process.env['npm_config_cache'] ?? '', '_npx');
  if (isOwn(program) || !fs.existsSync(cache)) return;
  for (const entry of fs.readdirSync(cache)) {
    const modules = path.join(cache, entry, 'node_modules');
    const linked = path.join(modules, 'evergrant');
    if (isSame(linked, root)) link(path.join(modules, '.bin'), path.join(linked, path.relative(root, program)));
  }
};

/** @param {string} file */
function isOwn(file) {
  const user = process.getuid?.() ?? 0;
  return user === 0 || fs.statSync(file).uid === user;
}

/**
 * @param {string} file
 * @param {string} folder
 */
function isSame(file, folder) {
  return fs.existsSync(file) && fs.realpathSync(file) === fs.realpathSync(folder);
}

/**
 * @param {string} folder
 * @param {string} target
 */
function link(folder, target) {
  const name = path.join(folder, 'evergrant');
  if (fs.existsSync(name)) return;
  fs.mkdirSync(folder, { recursive: true });
  fs.symlinkSync(path.relative(folder, target), name);
}
