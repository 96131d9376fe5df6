import fs from 'node:fs';

/** Lets a pipe be opened though nobody writes to it, and be asked without waiting. Windows has no such flag. */
const atOnce = process.platform === 'win32' ? 0 : fs.constants.O_NONBLOCK;

const pieceBytes = 64 * 1024;
const pauseMs = 10;
const pipeLimitMs = 10_000;

/**
 * Reads a file that a person or a variable names: a pipe is read as well, and waited for ten seconds at most.
 * @throws system errors as they come, and errors of the same kind where it has more than `mostBytes` or nobody writes
 */
export function readGiven(file: string, mostBytes: number): Buffer {
  const reading = piecesOf(file, mostBytes);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  try {
    for (let waitedMs = 0; waitedMs < pipeLimitMs; waitedMs += pauseMs) {
      const { done, value } = reading.next();
      if (done === true) return value;
      Atomics.wait(pause, 0, 0, pauseMs);
    }
    throw unusable(`nothing came for ${pipeLimitMs / 1000} s`);
  } finally {
    reading.return(noBytes);
  }
}

/** As {@link readGiven}, but waits for a pipe until a signal ends this process. */
export async function awaitGiven(file: string, mostBytes: number): Promise<Buffer> {
  const reading = piecesOf(file, mostBytes);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const noBytes = Buffer.alloc(0);

/** Reads to the end, and yields where there is nothing to read yet. */
function* piecesOf(file: string, mostBytes: number): Generator<undefined, Buffer> {
  const isPipe = fs.lstatSync(file).isFIFO();
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | atOnce);
  try {
    const pieces: Buffer[] = [];
    for (let size = 0; size <= mostBytes;) {
      const piece = nextPiece(descriptor);
      const isAwaited = piece?.length === 0 && size === 0 && isPipe; // its writer may come yet
      if (piece === undefined || isAwaited) yield;
      else if (piece.length === 0) return Buffer.concat(pieces);
      else {
        pieces.push(piece);
        size += piece.length;
      }
    }
    throw unusable(`it has more than ${mostBytes / 1024} KB`);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Undefined where a pipe is empty, and its writer is still there. */
function nextPiece(descriptor: number): Buffer | undefined {
  const piece = Buffer.alloc(pieceBytes);
  try {
    return piece.subarray(0, fs.readSync(descriptor, piece));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** An error whose code says why, as a system error's does, so that whoever reads says it in the same words. */
function unusable(why: string): Error {
  return Object.assign(new Error(why), { code: why });
}
