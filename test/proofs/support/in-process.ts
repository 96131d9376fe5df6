import path from 'node:path';
import type * as RefreshModule from '../../../scripts/run/refresh';
import type * as ContextModule from '../../../scripts/context';
import type { Console } from '../../../scripts/terminal/console';
import { silentConsole } from '../../../scripts/terminal/silent';
import { built } from './built';
import { name } from './connected-place';
import type { Ended } from './stepped-program';

/**
 * Runs `refresh` of the built program inside this process, and as a resident server does, without the collection's scripts:
 * thousands of states are to be tried, and loading Newman anew, or its place for scripts, takes ten times as long as the run.
 */
export async function refreshInProcess(
  folder: string,
  when: 'if due' | 'now',
): Promise<Pick<Ended, 'code' | 'stderr'>> {
  const { refresh } = built<typeof RefreshModule>('run/refresh');
  const { systemContext } = built<typeof ContextModule>('context');
  const said: string[] = [];
  const code = await refresh(
    {
      names: [name],
      profile: { kind: 'min_validity', ms: 15 * 60_000 },
      isForced: when === 'now',
      patienceMs: 5_000,
      waitMs: 5_000,
      isDryRun: false,
      isJson: false,
      concurrency: 1,
      isResident: true,
      hasJitter: false,
    },
    systemContext({
      console: consoleInto(said),
      folder: path.join(folder, 'environments'),
      stateFolder: path.join(folder, '.local/state/evergrant'),
      env: () => ({}),
    }),
  );
  return { code, stderr: said.join('\n') };
}

function consoleInto(said: string[]): Console {
  return { ...silentConsole(), say: (line) => void said.push(line) };
}
