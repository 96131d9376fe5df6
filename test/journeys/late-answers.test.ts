import fs from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram, type Ended } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

const [alone, inLanes] = [['acme'], ['acme', 'bolt', 'cove']];
/** A request may take a second with this patience, and there is no second try. */
const quick = ['refresh', '--all', '--force', '--no-jitter', '--patience', '0s', '--json'];

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => xero.forget());

function connect(...names: string[]): void {
  for (const name of names) place.write(name, xero.environment('web', name, xero.connectedRows()));
}

/** A program of the test's own that is loaded before ours, from a folder as that of a package. */
function preload(name: string, text: string): string {
  const file = path.join(place.folder, 'node_modules', name, 'index.js');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

function outcomesOf({ stdout }: Ended): string[] {
  const { results } = JSON.parse(stdout) as { results: { outcome: string }[] };
  return results.map(({ outcome }) => outcome);
}

describe('a process that stood still for longer than its limit', () => {
  test.each([
    ['alone', alone],
    ['in lanes', inLanes],
  ])('saves the answers that came meanwhile, %s', async (_, names) => {
    connect(...names);
    const held: (() => void)[] = [];
    const arrived = new Promise<void>((resolve) => {
      const hold = (_request: unknown, _response: unknown, answer: () => void): void => {
        if (held.push(answer) === names.length) resolve();
      };
      xero.next('token', ...names.map(() => hold));
    });
    const running = startProgram(place.folder, quick);
    await arrived;
    running.signal('SIGSTOP');
    for (const answer of held) answer();
    await new Promise((resolve) => setTimeout(resolve, 3000)); // three times what a request may take
    running.signal('SIGCONT');
    const ended = await running.ended;
    expect([ended.code, ...outcomesOf(ended)]).toEqual([0, ...names.map(() => 'refreshed')]);
    for (const name of names) {
      expect(place.rows(name)).toMatchObject({ generation: '2', refresh_started_at: '' });
      expect(xero.accepts(place.rows(name)['refresh_token'] ?? '')).toBe(true);
    }
  });
});

describe('an answer of 300 MB', () => {
  /** Says how much memory the process had at the most, in kilobytes. */
  const measuring =
    "process.on('exit', () => require('fs').writeFileSync('peak', String(process.resourceUsage().maxRSS)));";
  const peakOf = async (args: readonly string[]): Promise<{ code: number | null; megabytes: number }> => {
    const { code } = await startProgram(place.folder, args, { preload: preload('peak', measuring) }).ended;
    return { code, megabytes: Number(fs.readFileSync(path.join(place.folder, 'peak'), 'utf8')) / 1024 };
  };

  test.each([
    ['alone', alone],
    ['in lanes', inLanes],
  ])('is cut off as it comes, %s', async (_, names) => {
    connect(...names);
    const usual = await peakOf(quick);
    expect(usual.code).toBe(0);
    xero.next('token', ...names.map(() => (_request: unknown, response: ServerResponse) => void pour(response, 300)));
    const large = await peakOf(quick);
    expect(large.code).toBe(4);
    expect(large.megabytes - usual.megabytes).toBeLessThan(60);
    for (const name of names) expect(place.rows(name)).toMatchObject({ generation: '2', refresh_started_at: /./ });
  });
});

/** Writes this many megabytes of blanks, as fast as they are read. */
async function pour(response: ServerResponse, megabytes: number): Promise<void> {
  const blanks = Buffer.alloc(2 ** 20, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let written = 0; written < megabytes && !response.destroyed; written++) {
    await new Promise<void>((resolve) => {
      response.once('close', resolve).write(blanks, () => resolve());
    });
  }
  response.end();
}

describe("an error of Newman's own that nobody caught", () => {
  /** Throws out of the first answer's event, as Newman did for a proxy's 407. */
  const throwing = `const { ClientRequest } = require('http');
    const { emit } = ClientRequest.prototype;
    let left = 1;
    ClientRequest.prototype.emit = function (event, ...rest) {
      if (event === 'response' && left-- > 0) throw new Error('asyncfunction');
      return emit.call(this, event, ...rest);
    };`;

  test.each([
    ['alone', alone, []],
    ['in lanes', inLanes, []],
    ['with a report', inLanes, ['--report', 'out']],
  ])('is the failure of one request, %s', async (_, names, more) => {
    connect(...names);
    const options = { preload: preload('postman-stray', throwing) };
    const ended = await startProgram(place.folder, [...quick, ...more], options).ended;
    const others = names.slice(1).map(() => 'refreshed');
    expect(ended.stderr).not.toContain('asyncfunction');
    expect([ended.code, ...outcomesOf(ended).toSorted()]).toEqual([4, ...others, 'temporary_failure']);
    const marked = names.filter((name) => place.rows(name)['refresh_started_at'] !== '');
    expect(marked).toHaveLength(1);
  });

  test('of the program itself ends it', async () => {
    connect('acme');
    const options = { preload: preload('of-ours', throwing) };
    expect(await startProgram(place.folder, quick, options).ended).toMatchObject({ code: 1 });
  });
});
