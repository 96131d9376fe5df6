'use strict';
/** What a call of `fs` is going to change on the disk, for the journal that `disk-model.ts` replays. */
const fs = require('node:fs');
const path = require('node:path');

const { fstatSync, lstatSync, readFileSync, writeFileSync, writeSync } = fs; // as they are before the preload
const { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;

/** The calls that write: how the system calls them, and what they change. */
const writers = {
  openSync: ['open', ([, flags, mode], place) => [openChange(place, flags, mode)]],
  closeSync: ['close', ([fd]) => [{ op: 'close', fd }]],
  writeSync: ['write', (args) => [writeChange(args)]],
  writeFileSync: ['write', (args, place) => writeFileChanges(args, place)],
  ftruncateSync: ['ftruncate', ([fd, length = 0]) => [{ op: 'truncate', fd, length }]],
  fsyncSync: ['fsync', ([fd]) => [{ op: 'sync', fd }]],
  fsync: ['fsync', ([fd]) => [{ op: 'syncing', fd }]],
  fchmodSync: ['fchmod', ([fd, mode]) => [{ op: 'chmod', fd, mode }]],
  renameSync: ['rename', ([from, to]) => [{ op: 'rename', from: path.resolve(from), to: path.resolve(to) }]],
  rmSync: ['unlink', (_, place) => (exists(place) ? [{ op: 'unlink', place }] : [])],
  unlinkSync: ['unlink', (_, place) => (exists(place) ? [{ op: 'unlink', place }] : [])],
  mkdirSync: ['mkdir', (_, place) => missingFolders(place).map((missing) => ({ op: 'mkdir', place: missing }))],
};

/** These write, too, but nobody has needed a model of them yet: a journal that holds one is refused. */
const others =
  /^(append|copy|cp|fdatasync|writev|truncate|chmod|l?chown|fchown|link|symlink|rmdir|mkdtemp|[fl]?utimes)/;

/** Asked before the call. When there is nothing to change, the call cannot fail because of a full disk. */
function changesOf(name, args, place) {
  if (others.test(name)) return [{ op: 'unmodelled' }];
  return writers[name]?.[1](args, place) ?? [];
}

function syscallOf(name) {
  return writers[name]?.[0] ?? name;
}

/** Does half of what a call would write; undefined for a call that writes no bytes. */
function halfOf(name, args) {
  const half = (content) => content.subarray(0, Math.floor(content.length / 2));
  if (name === 'writeFileSync') return () => writeFileSync(args[0], half(Buffer.from(args[1])), args[2]);
  if (name !== 'writeSync') return undefined;
  const [fd, given, offset = 0, length = given.length - offset, position] = args;
  const content = Buffer.from(given);
  return () => writeSync(fd, content, offset, Math.floor(length / 2), position);
}

const exists = (place) => lstatSync(place, { throwIfNoEntry: false }) !== undefined;

const flagBits = { r: 0, 'r+': O_RDWR, w: O_CREAT | O_TRUNC | O_WRONLY, a: O_CREAT | O_APPEND | O_WRONLY };

/** The descriptor is added when the call has brought it. */
function openChange(place, flags = 'r', mode = 0o666) {
  const bits = typeof flags === 'number' ? flags : (flagBits[flags] ?? flagBits[flags[0]] | O_RDWR);
  return {
    op: 'open',
    place,
    isWriting: (bits & (O_RDWR | O_WRONLY)) !== 0,
    creates: (bits & O_CREAT) !== 0 && !exists(place),
    truncates: (bits & O_TRUNC) !== 0,
    mode: mode & ~process.umask(),
  };
}

function writeChange([fd, content, offset = 0, length = content.length - offset, position]) {
  if (isAppending(fd)) return appendChange(fd, typeof content === 'string' ? Buffer.from(content) : undefined);
  if (typeof content === 'string' || typeof position !== 'number') return { op: 'unmodelled' };
  return { op: 'write', fd, position, content: base64(content.subarray(offset, offset + length)) };
}

/** A text goes to the end of the file, wherever that is by now. */
function appendChange(fd, content) {
  if (content === undefined) return { op: 'unmodelled' };
  return { op: 'write', fd, position: fstatSync(fd).size, content: base64(content) };
}

/** As the kernel knows the descriptor (proc(5), fdinfo). */
function isAppending(fd) {
  const [, flags = '0'] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return (parseInt(flags, 8) & O_APPEND) !== 0;
}

let filesWritten = 0;

function writeFileChanges([file, content, options], place) {
  if (typeof file === 'number') return [{ op: 'unmodelled' }];
  const fd = -1 - filesWritten++; // a descriptor of its own, which no other call sees
  const opened = openChange(place, options?.flag ?? 'w', options?.mode);
  return [
    { ...opened, fd },
    { op: 'write', fd, position: 0, content: base64(content) },
    { op: 'close', fd },
  ];
}

function base64(content) {
  return Buffer.from(content).toString('base64');
}

function missingFolders(place) {
  return exists(place) ? [] : [...missingFolders(path.dirname(place)), place];
}

module.exports = { changesOf, halfOf, syscallOf };
