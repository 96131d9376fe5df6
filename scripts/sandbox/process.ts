import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A sandbox in a process of its own, because it moves the clock of its whole process. */
export interface SandboxProcess {
  readonly url: string;
  /** The sandbox's clock, as in `2026-11-22T10:00:00.000Z`. */
  now(): Promise<string>;
  /** Moves the sandbox's clock forward, as in `31m`. */
  advance(span: string): Promise<void>;
  /** The text of an environment for one of its apps. */
  environment(appType: string, name: string, redirectUri?: string): Promise<string>;
  stop(): void;
}

export async function startSandboxProcess(): Promise<SandboxProcess> {
  const main = require.resolve('./main');
  const child = spawn(process.execPath, [...process.execArgv, main, '{"port":0}'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // a Ctrl-C is for the program that uses it, which may need it a little longer
    windowsHide: true,
  });
  const lines = createInterface(child.stdout);
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', () => reject(new Error('the sandbox did not start')));
  });
  const { url } = JSON.parse(first) as { url: string }; // what sandbox/main.ts prints
  return {
    url,
    now: async () => ((await ask(`${url}/sandbox/clock`)) as { now: string }).now, // what its control API promises
    advance: async (span) => {
      await ask(`${url}/sandbox/clock`, { advance: span });
    },
    environment: async (appType, name, redirectUri) => {
      const app =
        redirectUri === undefined ? {} : await ask(`${url}/sandbox/apps`, { appType, redirectUris: [redirectUri] });
      const { clientId } = app as { clientId?: string };
      const query = new URLSearchParams({ name });
      if (clientId !== undefined) query.set('clientId', clientId);
      return JSON.stringify(await ask(`${url}/sandbox/environments/${appType}?${query.toString()}`), null, 2);
    },
    stop: () => void child.stdin.end(),
  };
}

async function ask(url: string, body?: object): Promise<unknown> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? {} : post);
  if (!response.ok) throw new Error(`the sandbox answered HTTP ${response.status}`);
  return response.json();
}
