import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { count, emptyResult, unlessRoot, type Attack, type AttackResult } from './attack';

/** What a user may do to root, who runs commands over that user's folder. */
export const attacks: readonly Attack[] = [
  {
    kind: 'root',
    name: 'links to files of root, put up and taken down beside an environment while root works on it',
    run: swapLinks,
    cannotRun: unlessRoot,
  },
];

/** A user that this machine has no entry for. */
const stranger = 54_321;

/** All that is, or was once, written beside an environment. */
const places = [
  '.evergrant',
  '.evergrant/log.jsonl',
  '.evergrant/.gitignore',
  ...['', '/lock', '/told', '/pending.json', '/generation-2.json', '/generation-3.json'].map(
    (name) => `.evergrant/acme.postman_environment.json${name}`,
  ),
  ...['tmp', 'next', 'recovery', 'recovery.tmp'].map((ending) => `.acme.postman_environment.json.${ending}`),
];

const commands = [
  ['refresh', 'acme', '--force', '--on-refreshed', 'true'],
  ['refresh', '--all', '--no-jitter', '--force'],
  ['doctor'],
  ['restore', 'acme'],
  ['status'],
  ['log', 'acme'],
  ['token', 'acme'],
];

async function swapLinks(scale: 'short' | 'long', random: () => number): Promise<AttackResult> {
  const result = emptyResult();
  const xero = await startXeroServer();
  const place = makeWorkplace();
  try {
    const before = prepare(place, xero);
    const swapper = startSwapping(place, random);
    for (let turn = 0; turn < (scale === 'short' ? commands.length : 140); turn++) {
      const { code, stderr } = await place.run(commands[turn % commands.length] ?? []);
      result.tried += 1;
      if (code === 1) result.failures.push(`an error that nobody expects: ${stderr.trim()}`);
      if (rootsFiles(place) !== before) count(result, 'crossed', `root's files are ${rootsFiles(place)} now`);
    }
    await end(swapper);
    await judge(place, xero, result);
    return result;
  } finally {
    await xero.close();
    fs.rmSync(place.folder, { recursive: true, force: true });
  }
}

/** Root's folder has a file and a folder; what they are is given as one text. */
function prepare(place: Workplace, xero: XeroServer): string {
  const roots = path.join(place.folder, 'roots');
  fs.mkdirSync(path.join(roots, 'folder'), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(roots, 'file'), 'of root', { mode: 0o600 });
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), access_token_expires_at: '' }));
  for (const one of [path.dirname(place.fileOf('acme')), place.fileOf('acme')]) fs.chownSync(one, stranger, stranger);
  fs.chmodSync(place.folder, 0o755);
  return rootsFiles(place);
}

function rootsFiles(place: Workplace): string {
  const roots = path.join(place.folder, 'roots');
  const files = fs.readdirSync(roots, { recursive: true, encoding: 'utf8' }).toSorted();
  return files
    .map((file) => {
      const { uid, gid, mode, size } = fs.lstatSync(path.join(roots, file));
      return `${file} ${uid}:${gid} ${mode.toString(8)} ${size}`;
    })
    .join(', ');
}

/** Puts a link in the place of something, for a moment, again and again. */
function startSwapping(place: Workplace, random: () => number): ChildProcess {
  const order = Array.from({ length: 500 }, () => places[Math.floor(random() * places.length)]);
  const script = `const fs = require('fs');
    const [folder, roots, order] = JSON.parse(process.argv[1]);
    const tried = (act) => { try { act(); } catch {} };
    let at = 0;
    setInterval(() => {
      const file = folder + '/' + order[at++ % order.length];
      const aside = file + '.aside';
      tried(() => fs.renameSync(file, aside));
      tried(() => fs.symlinkSync(roots + (at % 2 ? '/file' : '/folder'), file));
      setTimeout(() => {
        tried(() => fs.lstatSync(file).isSymbolicLink() && fs.unlinkSync(file));
        tried(() => fs.existsSync(aside) && fs.renameSync(aside, file));
      }, 15);
    }, 25);`;
  const about = [path.dirname(place.fileOf('acme')), path.join(place.folder, 'roots'), order];
  return spawn(process.execPath, ['-e', script, JSON.stringify(about)], {
    uid: stranger,
    gid: stranger,
    stdio: 'ignore',
  });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Once all is quiet and the links are gone, the connection lives, and everything is its owner's. */
async function judge(place: Workplace, xero: XeroServer, result: AttackResult): Promise<void> {
  const folder = path.dirname(place.fileOf('acme'));
  for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const at = path.join(folder, file);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) fs.unlinkSync(at);
    else if (stat !== undefined && stat.uid !== stranger)
      count(result, 'crossed', `${file} belongs to user ${stat.uid}`);
  }
  const { code, stderr } = await place.run(['refresh', 'acme', '--force']);
  const isAlive = code === 0 && xero.accepts(place.rows('acme')['refresh_token'] ?? '');
  if (!isAlive) count(result, 'lost', `the connection is over: exit code ${code}, ${stderr.trim()}`);
}
