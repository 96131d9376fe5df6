import type { EventEmitter } from 'node:events';
import type { NewmanRunOptions, NewmanRunSummary } from 'newman';
import { wireAgents } from '../network/wire';

const newman = loadQuietly();

/** An answer of Xero has a few kilobytes; what goes on after this is something else, and is cut off. */
const longestBody = 1024 * 1024;

/** What Newman says of a run, and of one request in it. */
export type { NewmanRunExecution as RunExecution, NewmanRunSummary as RunSummary } from 'newman';

export interface RunOptions extends NewmanRunOptions {
  /** One request takes this long at the most, from its first byte to the last of its answer. */
  readonly timeoutRequest: number;
  /** A run whose requests have no scripts is spared their sandbox, which costs as much as twenty requests and 4 MB. */
  readonly isWithoutScripts?: true;
}

/** One Newman run; `prepare` gets its emitter before anything happens. Rejects only for what could not even start. */
export function runNewman(
  { timeoutRequest, isWithoutScripts, ...options }: RunOptions,
  prepare: (emitter: EventEmitter) => void = () => {},
): Promise<NewmanRunSummary> {
  const whole = { ...strict, ...options, requestAgents: wireAgents(timeoutRequest) };
  return new Promise((resolve, reject) => {
    const emitter = newman.run(whole, (error, summary) => (error === null ? resolve(summary) : reject(error)));
    tellRunner(emitter, isWithoutScripts === true ? { ...bounds, host: nobody } : bounds);
    prepare(emitter);
  });
}

/** A redirect may lead anywhere, and a request has its credentials with it. */
const strict = { ignoreRedirects: true, insecure: false };

/** Options of Newman's runner that Newman itself has none for. The proxy is the wire's business, and its time limit too. */
const bounds = { ignoreProxyEnvironmentVariables: true, requester: { maxResponseSize: longestBody } };

/** A sandbox that is somebody else's, as far as the runner knows. */
const nobody = { external: true, instance: {} };

/** Newman shows its runner on the emitter before it starts it. */
function tellRunner(emitter: EventEmitter, run: object): void {
  Object.defineProperty(emitter, 'runner', {
    set: (runner: { options: object }) => Object.assign(runner.options, { run }),
  });
}

/**
 * Newman's modules use what Node.js 24 deprecates as they are loaded: cron would mail the warning with every run. With
 * `NODE_DEBUG=request` they would print each request, secrets and all. And Newman reads options from a `newmanrc` of the
 * system, the home and the working folder; here nobody but the program has a say in what is sent where.
 */
function loadQuietly(): typeof import('newman') {
  const { noDeprecation = false } = process;
  const debugged = process.env['NODE_DEBUG'];
  process.noDeprecation = true;
  delete process.env['NODE_DEBUG'];
  try {
    const rcFile = require('newman/lib/config/rc-file') as { load(done: (error: null, options: object) => void): void };
    rcFile.load = (done) => void setImmediate(done, null, {}); // later, as a file would be: the emitter is needed first
    return require('newman') as typeof import('newman');
  } finally {
    process.noDeprecation = noDeprecation;
    if (debugged !== undefined) process.env['NODE_DEBUG'] = debugged;
  }
}
