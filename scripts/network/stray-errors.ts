import { startLimit } from './limit';
import { WireFailure } from './wire-failure';

/** For each request in progress, the function that makes it fail. */
const underWay = new Set<(failure: WireFailure) => void>();

/**
 * Waits for a request that Newman sends, but no longer than the limit, in case Newman never ends it.
 * @throws WireFailure at the limit, and for an uncaught error of Newman's own
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
 * Handles an uncaught error if it came from Newman while a request was in progress. A single request fails with it at
 * once. Of several, the one that caused it is not known: it ends at its limit, and the others go on.
 */
export function takeStray(error: unknown): boolean {
  const isNewmans =
    error instanceof Error && /node_modules[\\/](newman|postman-[\w-]+|@postman)[\\/]/.test(error.stack ?? '');
  if (!isNewmans || underWay.size === 0) return false;
  const failure = new WireFailure('an error of Newman', { cause: error });
  if (underWay.size === 1) for (const fail of underWay) fail(failure);
  return true;
}
