'use strict';
/**
 * Loaded into the real program before its first line (`node -r`): numbers every step that it takes in the plan's folders
 * and on its sockets, and does at one of them what the plan in EVERGRANT_STEPS says. A step is a call of `fs`, a kernel
 * lock, or an event of a socket. The plan, as `stepped-program.ts` has it:
 * - `record`: at the end, write all steps to that file, with what each changed on the disk;
 * - `kill`: end with SIGKILL right before or after a step takes effect, or with half of its bytes written;
 * - `fault`: fail that step with a system error, and if it lasts all later ones that write, but in the `spared` folders;
 * - `fill`: before that step, fill the disk that a file is on.
 */
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { syncBuiltinESMExports } = require('node:module');
const locks = require('fs-native-extensions');
const { changesOf, halfOf, syscallOf } = require('./disk/disk-changes'); // before fs is another

const plan = JSON.parse(process.env.EVERGRANT_STEPS);
const original = { ...fs };
const steps = [];
const open = new Map(); // descriptor to the place that it was opened at, in the plan's folders
const dirty = new Set(); // descriptors that were written to and not synced since
let depth = 0; // fs functions call one another: only the outermost call is a step

function take(step, act) {
  const number = steps.push({ ...step, atMs: performance.now() });
  if (plan.fill?.step === number) fillDisk(plan.fill.file);
  dieAt(number, 'before');
  failAt(number, step);
  if (plan.kill?.step === number && plan.kill.side === 'halfway') {
    step.half();
    die();
  }
  try {
    return act();
  } finally {
    dieAt(number, 'after');
  }
}

function dieAt(number, side) {
  if (plan.kill?.step === number && plan.kill.side === side) die();
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}

function failAt(number, { writes, place, syscall, half, act }) {
  const { step, code, lasts, spared } = plan.fault ?? {};
  const isDue = number === step || (lasts && number > step);
  if (!isDue || !writes || (syscall === 'close' && code === 'EROFS')) return;
  if (spared.some((folder) => isBelow(place, folder))) return;
  half?.(); // a write that fails has often written something
  if (syscall === 'close') act(); // the descriptor is gone even so
  const message = `${code}: by order, ${syscall} '${place}'`;
  throw Object.assign(new Error(message), { errno: -os.constants.errno[code], code, syscall, path: place });
}

function fillDisk(file) {
  const descriptor = original.openSync(file, 'a', 0o600);
  for (const bytes of [4096, 1]) {
    try {
      while (original.writeSync(descriptor, Buffer.alloc(bytes, 1)) > 0);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    }
  }
  original.closeSync(descriptor);
}

function isBelow(place, folder) {
  return place === folder || place.startsWith(folder + path.sep);
}

/** Where a call happens, when that is in the plan's folders. */
function placeOf(first) {
  if (typeof first === 'number') return open.get(first);
  if (typeof first !== 'string' && !Buffer.isBuffer(first) && !(first instanceof URL)) return undefined;
  const place = first instanceof URL ? first.pathname : path.resolve(String(first));
  return plan.folders.some((folder) => isBelow(place, folder)) ? place : undefined;
}

function describe(name, args, place) {
  const changes = changesOf(name, args, place);
  const writes = changes.some(({ op, isWriting }) =>
    op === 'open' ? isWriting : op !== 'close' || dirty.has(args[0]),
  );
  return { call: name, place, syscall: syscallOf(name), changes, writes, half: halfOf(name, args) };
}

function stepped(name, call) {
  return Object.assign(function (...args) {
    const place = placeOf(args[0]) ?? (name === 'renameSync' ? placeOf(args[1]) : undefined);
    if (place === undefined || depth > 0) return call.apply(this, args);
    const step = describe(name, args, place);
    const act = () => {
      depth++;
      try {
        const result = call.apply(this, args);
        if (name === 'openSync') open.set(result, place);
        if (name === 'closeSync') open.delete(args[0]);
        if (/^(write|ftruncate)/.test(name)) dirty.add(args[0]);
        if (/^(fsync|close)/.test(name)) dirty.delete(args[0]);
        step.done = step.changes.map((change) =>
          'fd' in change || change.op !== 'open' ? change : { ...change, fd: result },
        );
        return result;
      } finally {
        depth--;
      }
    };
    return take({ ...step, act, isDone: () => step.done }, act);
  }, call);
}

const reads = /^(promises\.)?(read|[fl]?stat|access|realpath|exists)/;

/** Calls that answer later are one step: before it, and when its answer comes. */
function steppedLater(name, call) {
  return Object.assign(function (...args) {
    const place = placeOf(args[0]);
    if (place === undefined || depth > 0) return call.apply(this, args);
    const changes = reads.test(name) ? [] : [{ op: 'unmodelled' }];
    const number = steps.push({ call: name, place, changes, atMs: performance.now() });
    dieAt(number, 'before');
    const answer = args.at(-1);
    if (typeof answer === 'function') args[args.length - 1] = (...given) => (dieAt(number, 'after'), answer(...given));
    const result = call.apply(this, args);
    return typeof result?.finally === 'function' ? result.finally(() => dieAt(number, 'after')) : result;
  }, call);
}

/** An fsync that answers later is two steps: it begins, which is where it can fail, and it has ended. */
function steppedFsync(call) {
  return function (descriptor, answer) {
    const place = placeOf(descriptor);
    if (place === undefined) return call(descriptor, answer);
    const begun = { ...describe('fsync', [descriptor], place), isDone: undefined };
    const end = { call: 'fsync, done', place, writes: false, changes: [{ op: 'sync', fd: descriptor }] };
    const act = () => call(descriptor, (error) => (error ? answer(error) : take(end, () => answer(null))));
    try {
      take(begun, act);
    } catch (error) {
      process.nextTick(answer, error);
    }
  };
}

const isPlain = (name) => typeof original[name] === 'function' && !/^[A-Z_]/.test(name);
for (const name of Object.keys(original).filter(isPlain)) {
  if (name.endsWith('Sync')) fs[name] = stepped(name, original[name]);
  else if (name === 'fsync') fs.fsync = steppedFsync(original.fsync);
  else if (`${name}Sync` in original && name !== 'exists') fs[name] = steppedLater(name, original[name]);
}
for (const name of Object.keys(fs.promises).filter((key) => typeof fs.promises[key] === 'function')) {
  fs.promises[name] = steppedLater(`promises.${name}`, fs.promises[name]);
}
syncBuiltinESMExports();

const tryLock = locks.tryLock;
locks.tryLock = function (fd, ...rest) {
  const place = placeOf(fd);
  const lock = () => tryLock.call(this, fd, ...rest);
  return place === undefined ? lock() : take({ call: 'tryLock', place, changes: [] }, lock);
};

const outgoing = new WeakSet(); // stdin, stdout and stderr are sockets, too
const { connect, _writeGeneric: write, end, emit } = net.Socket.prototype;
const onSocket = (call, act) => take({ call: `socket ${call}`, changes: [] }, act);
net.Socket.prototype.connect = function (...args) {
  outgoing.add(this);
  return onSocket('connecting', () => connect.apply(this, args));
};
net.Socket.prototype._writeGeneric = function (...args) {
  const send = () => write.apply(this, args);
  return outgoing.has(this) ? onSocket(this.connecting ? 'write, queued' : 'write', send) : send();
};
net.Socket.prototype.end = function (...args) {
  const close = () => end.apply(this, args);
  return outgoing.has(this) ? onSocket('ending', close) : close();
};
net.Socket.prototype.emit = function (event, ...args) {
  const tell = () => emit.call(this, event, ...args);
  const counts = outgoing.has(this) && ['connect', 'data', 'end', 'close'].includes(event);
  return counts ? onSocket(event, tell) : tell();
};

if (plan.record !== undefined) {
  process.on('exit', () => {
    const taken = steps.map(({ call, place = '', writes = false, atMs, isDone, changes }) => {
      const made = isDone === undefined ? changes : (isDone() ?? []);
      return { call, place, writes, atMs, changes: made };
    });
    original.writeFileSync(plan.record, JSON.stringify(taken));
  });
}
