import type { EventEmitter } from 'node:events';
import type { Settings } from '../environment/settings';
import { underWatch } from '../network/stray-errors';
import { WireFailure } from '../network/wire-failure';
import type { TokenRequest } from '../refresh/effects';
import type { Answer } from '../refresh/token-answer';
import { answerOf, type RequestEvent } from './answer';
import { tokenRequestOf, type TokenForm } from './lane-request';
import { runNewman, type RunOptions } from './run';

/** A lane starts a new Newman run after this many iterations: a run has a fixed length, and its memory grows. */
const longestRun = 2000;

/** Sends token requests of many environments at once, each in a lane. */
export interface Lanes {
  /** `onAnswer` runs inside Newman's `request` event. Waits for a free lane. */
  send(settings: Settings, request: TokenRequest, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Ends the run of every lane. */
  close(): void;
}

/**
 * Newman for many environments. Starting a run costs as much as ten iterations, so each lane is one long run of one
 * request of the collection, paused while it has nothing to send. An environment's values are the data of one iteration
 * and are wiped after it. The request's own scripts are left out: they cost more than the request, and they would write
 * into the run's variables, which all environments of the lane share. The program does their work: it checks the URL,
 * adds the credentials and saves the answer.
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

/** The run in Newman's `start` event, which can be paused between two iterations. */
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

/** The data of one iteration, filled in just before it. A class, because Newman copies plain objects at the start. */
class Row {
  [key: string]: string;
}

/** The events on which Newman stores each request and answer for its summary, which is not used here. */
const storingEvents = ['beforeItem', 'request'];

/** One Newman run that is given its rows one at a time. */
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
    // The request has its own time limit; this one is for the case that Newman itself hangs.
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
      for (const event of storingEvents) emitter.removeAllListeners(event);
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
      job.problem = { error: problem }; // must not be thrown inside Newman's event
    }
  }

  /** After an iteration: wipes the row, and pauses the run until the next one. */
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
