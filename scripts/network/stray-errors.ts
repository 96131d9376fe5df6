import { startLimit } from './limit';
import { WireFailure } from './wire-failure';

/** What ends each request under way. */
const underWay = new Set<(failure: WireFailure) => void>();

/**
 * Waits for a request that Newman sends, at most so long: if Newman loses sight of it, the run goes on.
 * @throws WireFailure then, and for an error of Newman's own that nobody caught
 */
export function underWatch<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = <Value>(settle: (value: Value) => void): ((value: Value) => void) => {
      return (value) => {
        stop();
        underWay.delete(fail);
        settle(value);
      };
    };
    const fail = settled<unknown>(reject);
    const stop = startLimit(limitMs, () => fail(new WireFailure('ETIMEDOUT')));
    underWay.add(fail);
    work.then(settled(resolve), fail);
  });
}

/**
 * Takes an error that nobody caught, if it came out of Newman with a request under way. The only one fails of it at once;
 * of several nobody knows which it was: that one ends at its limit, and the others go on.
 */
export function takeStray(error: unknown): boolean {
  const isNewmans =
    error instanceof Error && /node_modules[\\/](newman|postman-[\w-]+|@postman)[\\/]/.test(error.stack ?? '');
  if (!isNewmans || underWay.size === 0) return false;
  const failure = new WireFailure('an error of Newman', { cause: error });
  if (underWay.size === 1) for (const fail of underWay) fail(failure);
  return true;
}
