import type { Context } from '../context';
import { openCallbackDoor, type CallbackDoorOptions } from './callback-door';
import { TokenFiles, type TokenFilesOptions } from './files/token-files';
import type { LiveCertificate } from '../network/certificate';
import { keepWarm, type WarmOptions } from './keep-warm';

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
  tls: LiveCertificate | undefined,
): Promise<Residents> {
  const { warm, files, callback } = options;
  const opened = files && (await TokenFiles.open(files, context));
  const door = callback && (await openCallbackDoor(callback, context, tls));
  const loops = [warm && keepWarm(warm, context, loopEffects), opened?.keep()].filter((loop) => loop !== undefined);
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
