import type { EventEmitter } from 'node:events';
import type { NewmanRunOptions, NewmanRunSummary } from 'newman';
import { wireAgents } from '../network/wire';

const newman = loadQuietly();

/** Xero's answers have a few kilobytes; a longer body is cut off here. */
const longestBody = 1024 * 1024;

/** Newman's summary of a run, and of one request in it. */
export type { NewmanRunExecution as RunExecution, NewmanRunSummary as RunSummary } from 'newman';

export interface RunOptions extends NewmanRunOptions {
  /** The time limit of one request, from its first byte to the last byte of its answer, in milliseconds. */
  readonly timeoutRequest: number;
  /** Set for requests with no scripts: then no sandbox is started, which costs as much as twenty requests and 4 MB. */
  readonly isWithoutScripts?: true;
}

/** One Newman run. `prepare` gets its emitter before the run begins. Rejects only when the run could not start. */
export function runNewman(
  { timeoutRequest, isWithoutScripts, ...options }: RunOptions,
  prepare: (emitter: EventEmitter) => void = () => {},
): Promise<NewmanRunSummary> {
  const whole = { ...strict, ...options, requestAgents: wireAgents(timeoutRequest) };
  return new Promise((resolve, reject) => {
    const emitter = newman.run(whole, (error, summary) => (error === null ? resolve(summary) : reject(error)));
    setRunnerOptions(emitter, isWithoutScripts === true ? { ...bounds, host: noSandbox } : bounds);
    prepare(emitter);
  });
}

/** Redirects are not followed: they may lead anywhere, and the request carries credentials. */
const strict = { ignoreRedirects: true, insecure: false };

/** Options of Newman's runner that Newman does not offer. The agents handle the proxy and its time limit. */
const bounds = { ignoreProxyEnvironmentVariables: true, requester: { maxResponseSize: longestBody } };

/** Makes the runner believe that another program provides the sandbox, so that it starts none. */
const noSandbox = { external: true, instance: {} };

/** Sets options of Newman's runner, which Newman assigns to the emitter before starting it. */
function setRunnerOptions(emitter: EventEmitter, run: object): void {
  Object.defineProperty(emitter, 'runner', {
    set: (runner: { options: object }) => Object.assign(runner.options, { run }),
  });
}

/**
 * Loads Newman with three of its habits switched off. Its modules use APIs that Node.js 24 deprecates, and cron would
 * mail that warning with every run. With `NODE_DEBUG=request` they would print each request with its secrets. And
 * Newman reads a `newmanrc` of the system, the home and the working folder, but only this program may decide what is
 * sent where.
 */
function loadQuietly(): typeof import('newman') {
  const { noDeprecation = false } = process;
  const debugged = process.env['NODE_DEBUG'];
  process.noDeprecation = true;
  delete process.env['NODE_DEBUG'];
  try {
    const rcFile = require('newman/lib/config/rc-file') as { load(done: (error: null, options: object) => void): void };
    rcFile.load = (done) => void setImmediate(done, null, {}); // as late as a file's: the emitter comes first
    return require('newman') as typeof import('newman');
  } finally {
    process.noDeprecation = noDeprecation;
    if (debugged !== undefined) process.env['NODE_DEBUG'] = debugged;
  }
}
