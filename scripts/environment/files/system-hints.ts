import path from 'node:path';

/**
 * What a person can do about a system error at a file; undefined when the code alone does not show it. EACCES and EPERM
 * are left to `environment/files/in-the-way.ts`, which looks at the owner.
 */
export function hintFor(code: string, file: string): string | undefined {
  return hints[code]?.(file, path.dirname(file));
}

/** Whether the error is temporary, so that the next run may succeed. */
export function isPassing(code: string): boolean {
  return ['EMFILE', 'ENFILE', 'EAGAIN'].includes(code);
}

const makeRoom = (_file: string, folder: string): string => `make room on the disk that holds ${folder}`;

const locks = (_file: string, folder: string): string =>
  `the file system of ${folder} takes no locks: mount it with them (NFS: without nolock), or use a local disk`;

const limits = (): string => 'too many files are open: raise the limit, as by ulimit -n 4096';

const hints: Readonly<Record<string, (file: string, folder: string) => string>> = {
  EBUSY: (file, folder) =>
    `mount the folder ${folder}, not the file ${path.basename(file)} alone: it can't be replaced`,
  EXDEV: (file, folder) =>
    `mount the folder ${folder}, not the file ${path.basename(file)} alone: it can't be replaced`,
  EROFS: (_file, folder) => `${folder} is mounted read-only: mount it so that it can be written`,
  ENOSPC: makeRoom,
  EDQUOT: makeRoom,
  EFBIG: makeRoom,
  ENOLCK: locks,
  ENOTSUP: locks,
  EOPNOTSUPP: locks,
  EMFILE: limits,
  ENFILE: limits,
  EAGAIN: limits,
  ESTALE: (_file, folder) => `the server of ${folder} has lost it: mount it again`,
  ENOTCONN: (_file, folder) => `the server of ${folder} has lost it: mount it again`,
  EIO: (_file, folder) => `the disk that holds ${folder} has failed: see the system's log, as by dmesg`,
  ENAMETOOLONG: () => 'use a shorter name for the environment',
  ELOOP: (file) => `there is a link where a file should be: look where it leads, then: rm ${file}`,
};
