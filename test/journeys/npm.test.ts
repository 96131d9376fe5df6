import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { untilGone } from '../support/processes';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
const groups: number[] = [];

beforeAll(async () => {
  xero = await startXeroServer();
});
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // as it should be: nothing of it is left
    }
  }
});
afterAll(() => xero.close());

/** `npm run tick`, with a shell that stays between npm and the program, as many do. */
function npmRun(args: string): ChildProcess {
  const tick = `"${process.execPath}" "${path.resolve('dist/cli.js')}" ${args}; exit $?`;
  fs.writeFileSync(path.join(place.folder, 'package.json'), JSON.stringify({ scripts: { tick } }));
  const { PATH = '' } = process.env;
  const child = spawn('npm', ['run', 'tick'], {
    cwd: place.folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, HOME: place.folder, npm_config_update_notifier: 'false' },
  });
  groups.push(child.pid ?? 0);
  return child;
}

/** The program below npm: the one of the group that runs in the folder, and is neither npm nor the shell. */
function programBelow({ pid }: ChildProcess): number {
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return Number(processes.find((name) => isProgram(name, pid ?? 0)));
}

function isProgram(name: string, group: number): boolean {
  try {
    const [, , , , processGroup] = fs
      .readFileSync(`/proc/${name}/stat`, 'utf8')
      .replace(/\(.*\)/, '()')
      .split(' ');
    const [, program = ''] = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
    return Number(processGroup) === group && program.endsWith('cli.js');
  } catch {
    return false; // it has ended
  }
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('%s to npm', (signal) => {
  test('ends a server that it started', async () => {
    place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
    const npm = npmRun('listen --port 0');
    await once(createInterface(npm.stderr ?? process.stdin), 'line'); // it says where it listens
    const pid = programBelow(npm);
    npm.kill(signal);
    await untilGone(pid);
  });

  test('lets a refresh save the answer that is under way', async () => {
    place.write('acme', xero.environment('web', 'acme', xero.connectedRows()));
    const npm = npmRun('refresh acme --force');
    const release = await new Promise<() => void>((resolve) =>
      xero.next('token', (_request, _response, answer) => resolve(answer)),
    );
    const pid = programBelow(npm);
    npm.kill(signal);
    await once(npm, 'exit');
    release();
    await untilGone(pid);
    expect(place.rows('acme')).toMatchObject({ generation: '2', refresh_started_at: '' });
  });
});
