import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { canonical } from './commands';
import { projectFolder } from './project';

/** Whether this machine has util-linux's `script`, which gives a program a terminal. */
export const isWithoutTerminal = spawnSync('script', ['--version']).error !== undefined || process.platform !== 'linux';

/** The real program on a terminal of its own. */
export interface OnTerminal {
  /** Presses keys. */
  type(keys: string): void;
  /** Settles with all that the terminal got so far once it has the text. @throws Error when the program ends before */
  shows(text: string): Promise<string>;
  readonly ended: Promise<{ code: number | null; screen: string }>;
}

export interface Window {
  readonly columns: number;
  readonly lines: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What a person is told who runs the program on a wide terminal: both streams, with plain line breaks. */
export async function screenOf(folder: string, args: readonly string[]): Promise<string> {
  const { screen } = await startOnTerminal(folder, args, { columns: 400, lines: 50, variables: { NO_COLOR: '1' } })
    .ended;
  return screen.replaceAll('\r\n', '\n');
}

/** Starts the program in a folder, on a terminal of this size. */
export function startOnTerminal(folder: string, args: readonly string[], window: Window): OnTerminal {
  const { PATH = '' } = process.env;
  const words = [process.execPath, path.join(projectFolder(), 'dist/cli.js'), ...args]
    .map((word) => `'${word}'`)
    .join(' ');
  const command = `stty cols ${window.columns} rows ${window.lines}; exec ${words}`;
  const env = { PATH, HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh', ...window.variables };
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: folder, env });
  let screen = '';
  const [ended, heard] = [once(child, 'close'), new Set<() => void>()];
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    for (const listen of heard) listen();
  });
  const shows = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const listen = (): void => {
        if (!screen.includes(text)) return;
        heard.delete(listen);
        resolve(screen);
      };
      heard.add(listen);
      listen();
      void ended.then(() => reject(new Error(`ended without showing ${text}`)));
    });
  return {
    type: (keys) => void child.stdin.write(keys),
    shows,
    ended: ended.then(([code]) => ({ code: code as number | null, screen: canonical(screen) })), // as Node documents
  };
}
