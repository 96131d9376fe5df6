import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../../support/leaks';
import { makeWorkplace, type Workplace } from '../../support/program';
import { startProgram, type Ended, type RunningOptions } from '../../support/running';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

/** A workplace and a server whose every secret is a unique value, watched for any of them anywhere else. */
export interface CanaryWorld {
  readonly xero: XeroServer;
  readonly place: Workplace;
  readonly secrets: Set<string>;
  /** Writes a connected environment with a secret in every row that may hold one. */
  connect(name: string, rows?: Readonly<Record<string, string>>): void;
  /** Runs the program with all talk switched on; nothing that it says, or shows in the process list, is a secret. */
  evergrant(args: readonly string[], options?: CanaryOptions): Promise<Ended>;
  /** Writes code to be loaded before the program; returns its file. */
  preload(code: string): string;
  /** Looks through every file, then takes all away. */
  end(): Promise<void>;
}

interface CanaryOptions extends RunningOptions {
  /** What may be said after all: the access token by `token`. */
  readonly disclosed?: string;
  /** A person typed a secret as an argument: that the process list shows it is no news, but nothing may repeat it. */
  readonly isTyped?: true;
}

let count = 0;

/** A value that can come from nowhere else, with characters that every encoding changes. */
export function canaryOf(kind: string): string {
  return `${kind}-${++count}-${Math.random().toString(36).slice(2)}-x+y/z=q&"'<>-${Math.random().toString(36).slice(2)}`;
}

export async function makeCanaryWorld(): Promise<CanaryWorld> {
  const xero = await startXeroServer();
  const place = makeWorkplace();
  const secrets = new Set<string>();
  const note = (kind: string): string => {
    const value = canaryOf(kind);
    secrets.add(value);
    return value;
  };
  for (const name of ['tmp', '.git']) fs.mkdirSync(path.join(place.folder, name)); // so that git is asked, too
  writeDotEnv(place, note);
  const all = (): Set<string> => new Set([...secrets, ...xero.secrets]);
  return {
    xero,
    place,
    secrets,
    connect: (name, rows = {}) => {
      const own = {
        my_password: note('password'),
        code_verifier: note('verifier'),
        callback_url: `http://localhost:8080/callback?code=${note('code')}&state=x`,
      };
      const text = xero.environment('web', name, { ...xero.connectedRows(), ...own, ...rows });
      place.write(name, text.replace(/("my_password",\s*"value": "[^\n]*\n\s*"type": )"default"/, '$1"secret"'));
    },
    evergrant: async (args, { disclosed, isTyped, ...options } = {}) => {
      const variables = { TMPDIR: path.join(place.folder, 'tmp'), EVERGRANT_DEBUG: '1', ...options.variables };
      const running = startProgram(place.folder, args, { ...options, variables });
      const commandLines = await watch(running.pid, running.ended);
      const ended = await running.ended;
      const said = disclosed === undefined ? ended.stdout : ended.stdout.replace(disclosed, '');
      expectNoSecret(said, all(), `stdout of ${args[0]}`);
      expectNoSecret(ended.stderr, all(), `stderr of ${args[0]}`);
      if (isTyped !== true) expectNoSecret([...commandLines].join('\n'), all(), `the process list of ${args[0]}`);
      return ended;
    },
    preload: (code) => {
      const file = path.join(place.folder, 'tmp', `preload-${++count}.js`);
      fs.writeFileSync(file, code);
      return file;
    },
    end: async () => {
      await xero.close();
      expectNoSecretInFiles(place.folder, all());
      fs.rmSync(place.folder, { recursive: true });
    },
  };
}

/** Values that fill the blanks of environments, and one that has nothing to do with this program. */
function writeDotEnv({ folder }: Workplace, note: (kind: string) => string): void {
  const quoted = (value: string): string => `\`${value}\``;
  const lines = [
    `XERO_CLIENT_SECRET=${quoted(note('env-secret'))}`,
    `XERO_CLIENT_ID=${quoted(note('env-id'))}`,
    `OTHER_PASSWORD=${quoted(note('env-other'))}`,
  ];
  fs.writeFileSync(path.join(folder, '.env'), lines.join('\n'), { mode: 0o600 });
}

/** The command lines of a process and of all below it, as long as it runs. */
async function watch(pid: number, ended: Promise<unknown>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let isOver = false;
  const end = (): void => void (isOver = true);
  ended.then(end, end); // what it fails with is thrown below
  while (!isOver && process.platform === 'linux') {
    for (const line of commandLinesFrom(pid)) seen.add(line);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await ended;
  if (process.platform === 'linux') expect(seen.size).toBeGreaterThan(0);
  return seen;
}

function commandLinesFrom(pid: number): string[] {
  try {
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return [
      fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      ...children.flatMap((child) => commandLinesFrom(Number(child))),
    ];
  } catch {
    return []; // it has just ended
  }
}
