import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode } from '../../errors';

/** Asks for a lock on an open file, for this descriptor alone or to be shared; false when another descriptor is in its way. */
type TryLock = (descriptor: number, options?: { readonly shared: boolean }) => boolean;

/** The function of the addon's binary; it throws `EAGAIN` when another descriptor holds the lock. */
interface Binding {
  tryLock(descriptor: number, offset: number, length: number, isExclusive: boolean): void;
}

let loaded: TryLock | undefined;

/**
 * Asks for an exclusive kernel lock on an open file; false when another descriptor holds it. The addon for it comes
 * prebuilt, and is loaded at the first lock.
 * @throws Failure `no_lock` when this machine can't load it
 */
export function tryLock(descriptor: number): boolean {
  loaded ??= loadTryLock();
  return loaded(descriptor);
}

/**
 * Asks for a kernel lock that others may share; false when another descriptor holds it alone.
 * @throws Failure `no_lock`
 */
export function trySharedLock(descriptor: number): boolean {
  loaded ??= loadTryLock();
  return loaded(descriptor, { shared: true });
}

function loadTryLock(): TryLock {
  try {
    const { tryLock: lockBy } = require('fs-native-extensions') as typeof import('fs-native-extensions');
    return (descriptor, options) => lockBy(descriptor, 0, 0, options);
  } catch (error) {
    return lockOnMusl() ?? noLock(error);
  }
}

/**
 * Loads the addon on Alpine, whose C library is musl. The package looks for a build for musl and has none. Its build
 * for glibc uses only functions that both libraries have, and musl accepts glibc's name for its own, so it takes the
 * same kernel locks.
 */
function lockOnMusl(): TryLock | undefined {
  if (!isAlpine()) return undefined;
  try {
    const folder = path.dirname(require.resolve('fs-native-extensions'));
    const binding = require(path.join(folder, `prebuilds/linux-${process.arch}/fs-native-extensions.node`)) as Binding;
    return (descriptor, options) => isLockedBy(binding, descriptor, options?.shared !== true);
  } catch {
    return undefined; // the first error says more
  }
}

function isLockedBy(binding: Binding, descriptor: number, isExclusive: boolean): boolean {
  try {
    binding.tryLock(descriptor, 0, 0, isExclusive);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return false;
    throw error;
  }
}

/** The platforms for which the addon comes prebuilt. */
const prebuiltFor = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

function noLock(cause: unknown): never {
  const { platform, arch } = process;
  const reason = systemCode(cause) ?? 'unknown';
  const message = `evergrant can't lock files on this machine (${platform} ${arch}${isAlpine() ? ', Alpine' : ''}): its addon, fs-native-extensions, doesn't load (${reason})`;
  const hint = prebuiltFor.includes(`${platform}-${arch}`)
    ? 'install it again on this machine, with npm ci, in a folder that programs may be loaded from (not mounted "noexec")'
    : 'run it where the addon comes prebuilt: Linux (x64 or arm64, Alpine too), macOS or Windows';
  throw invalid('no_lock', message, hint, cause);
}

function isAlpine(): boolean {
  return process.platform === 'linux' && fs.existsSync('/etc/alpine-release');
}
