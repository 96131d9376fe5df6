import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canaryEnvironment, canaryName } from '../support/canary-environment';
import type { ServerReport } from './server';

/** A bare answering server in its own process. */
export interface BenchServer {
  readonly url: string;
  report(): Promise<ServerReport>;
  stop(): void;
}

export async function startServer(latencyMs: number): Promise<BenchServer> {
  const execArgv = ['--require', 'ts-node/register/transpile-only'];
  const child = fork(path.join(__dirname, 'server.ts'), [String(latencyMs)], { execArgv });
  const url = await nextMessage<string>(child);
  const report = async (): Promise<ServerReport> => {
    child.send('report');
    return await nextMessage<ServerReport>(child);
  };
  return { url, report, stop: () => child.disconnect() };
}

/** What server.ts sends. */
async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message];
  return message;
}

/**
 * A folder with this many environments, in `environments`. It goes with all that a bench makes, at its end: after thousands of
 * files are removed, some file systems make new ones slowly for minutes.
 */
export interface BenchPlace {
  readonly folder: string;
  fileOf(number: number): string;
}

export function makePlace(server: BenchServer, count: number, due: 'due' | 'not due'): BenchPlace {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-bench-'));
  fs.mkdirSync(path.join(folder, 'environments'));
  const fileOf = (number: number): string =>
    path.join(folder, 'environments', `${canaryName(number)}.postman_environment.json`);
  const expiresAt = new Date(due === 'due' ? 0 : Date.now() + 86_400_000);
  for (let number = 0; number < count; number++) {
    fs.writeFileSync(fileOf(number), canaryEnvironment(server.url, number, { expiresAt }), { mode: 0o600 });
  }
  return { folder, fileOf };
}
