import type { Context } from '../context';
import { openCallbackDoor, type CallbackDoorOptions } from './callback-door';
import { TokenFiles, type TokenFilesOptions } from './files/token-files';
import type { LiveCertificate } from '../network/certificate';
import { failureOf } from '../terminal/console';
import { keepWarm, type WarmOptions, type WarmRun } from './keep-warm';
import type { LoopWatch } from './loop-watch';

/** What a server does beside answering: all, some or none of it. */
export interface ResidentOptions {
  readonly warm?: WarmOptions | undefined;
  readonly files?: TokenFilesOptions | undefined;
  readonly callback?: CallbackDoorOptions | undefined;
}

export interface Residents {
  /** What they serve and keep, a line each, for people. */
  readonly lines: readonly string[];
  /** Waits for what is under way. The process must have been asked to stop. */
  close(): Promise<void>;
}

/**
 * Starts them; each goes on until the process is asked to stop. The callback page has a port of its own: the world comes to
 * it through a proxy, and must not come to the doors that hand out tokens. @throws Failure `invalid`
 */
export async function startResidents(
  options: ResidentOptions,
  context: Context,
  { tls, loop }: { readonly tls: LiveCertificate | undefined; readonly loop: LoopWatch },
): Promise<Residents> {
  const { warm, files, callback } = options;
  const opened = files && (await TokenFiles.open(files, context));
  const door = callback && (await openCallbackDoor(callback, context, tls));
  const noteDeath = (error: unknown): void => {
    const { message } = failureOf(error, context.console);
    context.console.say(`evergrant: a loop of serve has died (${message})\n  → start serve anew, and report this`);
    loop.noteDeath();
  };
  const onRun = (run: WarmRun): void => loop.note(run);
  const loops = [warm && keepWarm(warm, context, { ...loopEffects, onRun }), opened?.keep()]
    .filter((one) => one !== undefined)
    .map((one) => one.catch(noteDeath));
  return {
    lines: [
      ...(door === undefined ? [] : [`callbacks: ${door.where}${door.path}`]),
      ...(files === undefined ? [] : [`token files: ${files.place.pattern}`]),
      ...(warm === undefined ? [] : ['refreshing: every environment that is due, each minute']),
    ],
    close: async () => {
      await door?.close();
      await Promise.all(loops);
    },
  };
}

const loopEffects = { monotonicMs: (): number => performance.now(), random: Math.random };
