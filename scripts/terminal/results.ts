import fs from 'node:fs';
import { invalid, systemCode, type Failure } from '../errors';

/** Whether the results could be written to stdout. */
export interface Results {
  /** Set when they could not be written, as on a full disk; not when the reader has left, as in `status | head`. */
  failure(): Failure | undefined;
}

/** From now on a failed write to stdout ends nothing: work in progress goes on and is saved. */
export function watchResults(stdout: NodeJS.WriteStream): Results {
  let failure: Failure | undefined;
  stdout.on('error', (error: Error) => {
    if (systemCode(error) !== 'EPIPE') failure ??= notWritten(error);
  });
  if (isFile(stdout)) writeWhole(stdout);
  return { failure: () => failure };
}

function notWritten(cause: Error): Failure {
  const message = `the results could not be written to stdout (${systemCode(cause) ?? 'unknown'})`;
  return invalid('no_output', message, 'make room where they go, then run again; what was saved stays saved', cause);
}

function isFile(stdout: NodeJS.WriteStream): stdout is NodeJS.WriteStream & { fd: number } {
  try {
    return 'fd' in stdout && fs.fstatSync(1).isFile();
  } catch {
    return false; // a Windows service has no stdout
  }
}

/** Writes all bytes to a file: Node.js writes once and does not check whether a full disk took them all. */
function writeWhole(stdout: NodeJS.WriteStream & { fd: number }): void {
  stdout._write = (chunk: Buffer, _encoding, done) => {
    try {
      for (let written = 0; written < chunk.length;) written += fs.writeSync(stdout.fd, chunk, written);
      done();
    } catch (error) {
      done(error instanceof Error ? error : null);
    }
  };
}
