import type { EventEmitter } from 'node:events';
import type { NewmanRunOptions, NewmanRunSummary } from 'newman';

const newman = loadQuietly();

/** One Newman run; `prepare` gets its emitter before anything happens. Rejects only for what could not even start. */
export function runNewman(
  options: NewmanRunOptions,
  prepare: (emitter: EventEmitter) => void = () => {},
): Promise<NewmanRunSummary> {
  return new Promise((resolve, reject) => {
    const emitter = newman.run({ ...harmless, ...options }, (error, summary) =>
      error === null ? resolve(summary) : reject(error),
    );
    prepare(emitter);
  });
}

/** Newman's modules use what Node.js 24 deprecates as they are loaded: cron would mail the warning with every run. */
function loadQuietly(): typeof import('newman') {
  const { noDeprecation = false } = process;
  process.noDeprecation = true;
  try {
    return require('newman') as typeof import('newman');
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/**
 * Each option that a `newmanrc` of the machine could set to write a file, print, or send elsewhere: false wins over it,
 * where undefined, null and an empty list would not, whatever Newman's types say.
 */
const harmless = {
  ...({ reporters: false, exportEnvironment: false, exportGlobals: false } as object),
  ...({ exportCollection: false, exportCookieJar: false } as object),
  iterationCount: 1,
  delayRequest: 0,
  ignoreRedirects: true,
  insecure: false,
  bail: false,
};
