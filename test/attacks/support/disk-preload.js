// Loaded before the program: a disk on which one kind of call always fails.
const fs = require('node:fs');
const { call, code } = JSON.parse(process.env.ATTACK_DISK);

const fail = (name) => {
  throw Object.assign(new Error(`${code}: attack, ${name}`), { code, syscall: name, errno: -1 });
};
const { fsyncSync } = fs;

if (call === 'fsync of a folder') {
  fs.fsyncSync = (descriptor) => (fs.fstatSync(descriptor).isDirectory() ? fail('fsync') : fsyncSync(descriptor));
}
if (call === 'chmod') for (const name of ['chmodSync', 'fchmodSync']) fs[name] = () => fail(name);
if (call === 'chown') for (const name of ['chownSync', 'fchownSync', 'lchownSync']) fs[name] = () => fail(name);
