import type { EventEmitter } from 'node:events';
import type { Settings } from '../environment/settings';
import { underWatch } from '../network/stray-errors';
import { WireFailure } from '../network/wire-failure';
import type { TokenRequest } from '../refresh/effects';
import type { Answer } from '../refresh/token-answer';
import { answerOf, type RequestEvent } from './answer';
import { tokenRequestOf, type TokenForm } from './lane-request';
import { runNewman, type RunOptions } from './run';

/** After so many iterations a lane starts its Newman run anew: a run has a set length, and keeps a little of each iteration. */
const longestRun = 2000;

/** Sends token requests of many environments at once, each in a lane. */
export interface Lanes {
  /** `onAnswer` runs inside Newman's `request` event. Waits for a free lane. */
  send(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Ends every lane's run. */
  close(): void;
}

/**
 * Newman for many environments. A run costs as much as ten iterations, so that each lane is one long run of one request
 * of the collection, paused while nobody needs it; an environment's values are the data of one iteration and are wiped
 * after it. The request's own scripts are left out: they cost more than the request, and write into the run's variables,
 * which are the lane's. What they look after, the safe URL, the credentials and the saved answer, the program does.
 */
export function newmanLanes(timeoutMs: number): Lanes {
  const idle: Lane[] = [];
  const all = new Set<Lane>();
  return {
    send: async (settings, request, onAnswer) => {
      const form = tokenRequestOf(settings, request);
      const fitting = idle.findIndex((lane) => lane.fits(form));
      const [lane = new Lane(form, timeoutMs)] = fitting === -1 ? [] : idle.splice(fitting, 1);
      all.add(lane);
      try {
        await lane.send(form, onAnswer);
      } finally {
        if (lane.isOpen()) idle.push(lane);
        else all.delete(lane);
      }
    },
    close: () => {
      for (const lane of all) lane.close();
    },
  };
}

/** What Newman's `start` event gives: the run, which can be stopped between two iterations. */
interface PausableRun {
  pause(then?: () => void): void;
  resume(): void;
  abort(): void;
}

interface Job {
  readonly onAnswer: (answer: Answer) => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
  isAnswered?: true;
  problem?: { readonly error: unknown };
}

/** The data of one iteration, filled in when its turn comes: Newman copies plain objects at the start of a run. */
class Row {
  [key: string]: string;
}

/** The events on which Newman keeps each request and answer for a summary, which nobody reads here. */
const keeping = ['beforeItem', 'request'];

/** One Newman run that takes its rows one at a time, as they come. */
class Lane {
  private readonly rows = Array.from({ length: longestRun }, () => new Row());
  private iteration = -1;
  private run: PausableRun | undefined;
  private job: Job | undefined;
  private state: 'new' | 'running' | 'paused' | 'ended' = 'new';

  constructor(
    private readonly form: TokenForm,
    private readonly timeoutMs: number,
  ) {}

  fits({ key }: TokenForm): boolean {
    return this.form.key === key;
  }

  isOpen(): boolean {
    return this.state !== 'ended';
  }

  async send(form: TokenForm, onAnswer: (answer: Answer) => void): Promise<void> {
    // The request has a limit of its own: this one is for Newman's sake.
    await underWatch(2 * this.timeoutMs, this.play(form, onAnswer)).catch((failure: unknown) => {
      if (!(failure instanceof WireFailure)) throw failure;
      this.receive(failure, undefined);
      const problem = this.job?.problem;
      this.job = undefined;
      this.state = 'ended';
      this.run?.abort();
      if (problem !== undefined) throw problem.error;
    });
  }

  private play({ row }: TokenForm, onAnswer: (answer: Answer) => void): Promise<void> {
    return new Promise((done, failed) => {
      this.job = { onAnswer, done, failed };
      this.iteration += 1;
      Object.assign(this.rows[this.iteration] ?? new Row(), row);
      if (this.state === 'new') this.start();
      else this.run?.resume();
      this.state = 'running';
    });
  }

  close(): void {
    if (this.state === 'paused') this.run?.abort();
    this.state = 'ended';
  }

  private start(): void {
    const options: RunOptions = {
      collection: { info: { name: 'lane' }, item: [this.form.item] },
      iterationData: this.rows,
      iterationCount: longestRun,
      timeoutRequest: this.timeoutMs,
      isWithoutScripts: true,
    };
    runNewman(options, (emitter) => this.watch(emitter)).then(
      () => this.end(new Error('Newman ended before the request')),
      (error: unknown) => this.end(error),
    );
  }

  private watch(emitter: EventEmitter): void {
    emitter.on('start', (_error: unknown, { run }: { run: PausableRun }) => {
      this.run = run;
      for (const event of keeping) emitter.removeAllListeners(event);
      this.listen(emitter);
    });
  }

  private listen(emitter: EventEmitter): void {
    emitter.on('request', (error: Error | null, { response }: RequestEvent) => this.receive(error, response));
    emitter.on('iteration', () => this.rest());
  }

  private receive(error: Error | null, response: RequestEvent['response']): void {
    const { job } = this;
    if (job === undefined || job.isAnswered === true) return;
    job.isAnswered = true;
    try {
      job.onAnswer(answerOf(error, response));
    } catch (problem) {
      job.problem = { error: problem }; // Newman's emitter is no place to throw through
    }
  }

  /** Between two iterations: the row is wiped, and the run waits for the next. */
  private rest(): void {
    const row = this.rows[this.iteration] ?? new Row();
    for (const key of Object.keys(row)) row[key] = '';
    if (this.iteration === longestRun - 1) this.end();
    else {
      this.run?.pause(() => {
        if (this.state === 'ended') this.run?.abort();
        else this.state = 'paused';
        this.settle();
      });
    }
  }

  private settle(): void {
    const { job } = this;
    this.job = undefined;
    if (job?.problem === undefined) job?.done();
    else job.failed(job.problem.error);
  }

  private end(error?: unknown): void {
    this.state = 'ended';
    if (error !== undefined && this.job !== undefined) this.job.problem ??= { error };
    this.settle();
  }
}
