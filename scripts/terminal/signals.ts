/** How a process ends after a signal: at once, or after the answer in progress has been saved. */
export interface StopSignals {
  isStopping(): boolean;
  /** The exit code of a process that left work undone because of a signal: 128 plus the signal's number. */
  exitCode(): number;
  /** Runs work that must not be interrupted: a first signal waits for it, a second does not. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T>;
  /** From now on each signal is passed to `receive` and ends nothing here. */
  handOver(receive: (signal: NodeJS.Signals) => void): void;
  /** From now on SIGHUP does this and ends nothing, as servers have it. */
  onHangup(act: () => void): void;
  /**
   * Until what is returned is called, a signal that ends this process at once does this first, for a second and a half at the
   * most. Another signal waits for nothing.
   */
  beforeEnd(act: (exitCode: number) => Promise<void>): () => void;
  /** Waits for a first signal, so that a server can close in order. */
  stopped(): Promise<void>;
}

const signalExitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const longestLastActMs = 1500;

export function listenForSignals(process: NodeJS.Process): StopSignals {
  let [underWay, isStopping, exitCode] = [0, false, 0];
  const waiting: (() => void)[] = [];
  let receive: ((signal: NodeJS.Signals) => void) | undefined;
  let hangup: (() => void) | undefined;
  let lastAct: ((exitCode: number) => Promise<void>) | undefined;
  const stop = (signal: keyof typeof signalExitCodes): void => {
    if (receive !== undefined) return receive(signal);
    if (signal === 'SIGHUP' && hangup !== undefined) return hangup();
    const code = signalExitCodes[signal];
    const isLast = underWay === 0 || isStopping;
    [isStopping, exitCode] = [true, code];
    if (isLast) return end(code);
    for (const resolve of waiting) resolve();
  };
  const end = (code: number): void => {
    const act = lastAct;
    lastAct = undefined;
    const exit = (): void => process.exit(code);
    if (act === undefined) return exit();
    setTimeout(exit, longestLastActMs);
    void act(code).then(exit, exit);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  const beforeEnd = (act: (code: number) => Promise<void>): (() => void) => {
    lastAct = act;
    return () => void (lastAct = undefined);
  };
  const handOver = (to: (signal: NodeJS.Signals) => void): void => void (receive = to);
  const onHangup = (act: () => void): void => void (hangup = act);
  const uninterrupted = async <T>(work: () => Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
    }
  };
  const stopped = (): Promise<void> => uninterrupted(() => new Promise((resolve) => void waiting.push(resolve)));
  return {
    isStopping: () => isStopping,
    exitCode: () => exitCode,
    uninterrupted,
    handOver,
    onHangup,
    beforeEnd,
    stopped,
  };
}
