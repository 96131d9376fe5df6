import type { Context } from '../context';
import { openCallbackDoor, type CallbackDoor, type CallbackDoorOptions } from './callback-door';
import { TokenFiles, type TokenFilesOptions } from './files/token-files';
import { keepWarm, type WarmOptions, type WarmRun } from './keep-warm';

/** What a server does beside answering: all, some or none of it. */
export interface ResidentOptions {
  readonly warm?: WarmOptions | undefined;
  readonly files?: TokenFilesOptions | undefined;
  readonly callback?: CallbackDoorOptions | undefined;
}

export interface Residents {
  /** The places that it serves, for people. */
  readonly where: readonly string[];
  /** The last run of the loop that keeps all warm; undefined before the first has ended. */
  lastRun(): WarmRun | undefined;
  /** Waits for what is under way. The process must have been asked to stop. */
  close(): Promise<void>;
}

/**
 * Starts them; each goes on until the process is asked to stop. The callback page has a port of its own: the world comes to
 * it through a proxy, and must not come to the doors that hand out tokens. @throws Failure `invalid`
 */
export async function startResidents(options: ResidentOptions, context: Context): Promise<Residents> {
  const { warm, files, callback } = options;
  const opened = files && (await TokenFiles.open(files, context));
  const door = callback && (await openCallbackDoor(callback, context));
  let lastRun: WarmRun | undefined;
  const effects = {
    monotonicMs: (): number => performance.now(),
    random: Math.random,
    onRun: (run: WarmRun): void => void (lastRun = run),
  };
  const loops = [warm && keepWarm(warm, context, effects), opened?.keep()];
  return {
    where: [...callbackPlaces(door, callback), ...(files === undefined ? [] : [files.place.pattern])],
    lastRun: () => lastRun,
    close: async () => {
      await door?.close();
      await Promise.all(loops);
    },
  };
}

function callbackPlaces(door: CallbackDoor | undefined, options: CallbackDoorOptions | undefined): string[] {
  return door === undefined || options === undefined ? [] : [`http://localhost:${door.port}${options.path}`];
}
