import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type * as ContextModule from '../../../scripts/context';
import type * as TokenFilesModule from '../../../scripts/serve/files/token-files';
import type * as PlaceModule from '../../../scripts/serve/files/place';
import type { TokenFormat } from '../../../scripts/serve/files/format';
import { environmentOf, jwt, webApp } from '../../support/environments';
import { makeWorkplace } from '../../support/program';
import { built } from './built';

/** Reads a file in a loop, and counts what it finds: whole tokens in order, and anything else. */
const reader = `
  const fs = require('node:fs');
  const [file, format] = process.argv.slice(1);
  let [reads, tokens, last] = [0, 0, 0];
  const faults = [];
  const tokenIn = (text) => format === 'raw' ? text : format === 'json' ? JSON.parse(text).access_token
    : /^XERO_ACCESS_TOKEN=(.+)\\nXERO_TENANT_ID=.*\\nXERO_ACCESS_TOKEN_EXPIRES_AT=.+\\n$/.exec(text)[1];
  const look = () => {
    for (let turn = 0; turn < 200; turn++) {
      reads++;
      try {
        const descriptor = fs.openSync(file, 'r');
        const mode = fs.fstatSync(descriptor).mode & 0o777;
        const text = fs.readFileSync(descriptor, 'utf8');
        fs.closeSync(descriptor);
        const token = tokenIn(text);
        const { number } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
        if (mode !== 0o640 || !token.endsWith('.signature') || number < last) throw new Error('mode ' + mode + ', number ' + number + ' after ' + last);
        if (number > last) tokens++;
        last = number;
      } catch (error) {
        faults.push(String(error));
      }
    }
    setImmediate(look);
  };
  process.on('message', () => { process.send({ reads, tokens, last, faults: faults.slice(0, 3), count: faults.length }, () => process.exit()); });
  process.send('ready');
  look();`;

interface Read {
  readonly reads: number;
  readonly tokens: number;
  readonly last: number;
  readonly faults: readonly string[];
  readonly count: number;
}

/** Renews a token again and again, and its file with it, while processes read that all the time. */
export async function tornFiles({ rotations }: { readonly rotations: number }): Promise<{
  readonly figures: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}> {
  const figures: Record<string, number> = { rotations: 0, reads: 0, 'tokens seen': 0, 'torn reads': 0 };
  const failures: string[] = [];
  const add = (name: string, count: number): void => void (figures[name] = (figures[name] ?? 0) + count);
  for (const format of ['json', 'raw', 'env'] as const) {
    const count = Math.ceil(rotations / 3);
    const { reads, tokens, last, faults, count: torn } = await rotate(format, count);
    for (const [name, number] of [
      ['rotations', count],
      ['reads', reads],
      ['tokens seen', tokens],
      ['torn reads', torn],
    ] as const)
      add(name, number);
    failures.push(...faults.map((fault) => `${format}: ${fault}`));
    if (last !== count) failures.push(`${format}: the last token read is ${last} of ${count}`);
  }
  return { figures, failures };
}

async function rotate(format: TokenFormat, count: number): Promise<Read> {
  const { TokenFiles } = built<typeof TokenFilesModule>('serve/files/token-files');
  const { tokenPlace } = built<typeof PlaceModule>('serve/files/place');
  const { systemContext } = built<typeof ContextModule>('context');
  const place = makeWorkplace();
  const write = (number: number): void => {
    const at = Math.floor(Date.now() / 1000) + 1800;
    const rows = {
      access_token: jwt({ exp: at, number, filler: 'x'.repeat(1200 + (number % 7) * 300) }),
      generation: String(number),
    };
    const expiry = { access_token_expires_at: new Date(at * 1000).toISOString(), grant_status: 'connected' };
    place.write('acme', environmentOf({ ...webApp, refresh_token: 'r', ...rows, ...expiry }).text);
  };
  write(1);
  const pattern = path.join(place.folder, 'tokens/{name}');
  const context = systemContext({ folder: path.join(place.folder, 'environments'), env: () => ({}) });
  const readers = { mode: 0o640, gid: process.getgid?.() };
  const files = await TokenFiles.open({ place: tokenPlace(pattern), format, readers }, context);
  await files.update();
  const child = spawn(process.execPath, ['-e', reader, path.join(place.folder, 'tokens/acme'), format], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  for (let number = 2; number <= count; number++) {
    write(number);
    await files.update();
  }
  const read = await resultOf(child);
  fs.rmSync(place.folder, { recursive: true });
  return read;
}

async function resultOf(child: ChildProcess): Promise<Read> {
  const answer = once(child, 'message');
  child.send('end');
  const [read] = (await answer) as [Read]; // what the reader sends
  return read;
}
