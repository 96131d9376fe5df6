import fs from 'node:fs';
import path from 'node:path';
import type * as SealingIn from '../../../scripts/environment/files/sealed/sealing-in';
import { valueOf } from '../../../scripts/environment/environment';
import { parseEnvironment } from '../../../scripts/environment/parse';
import { Failure } from '../../../scripts/errors';
import { keysIn, type WrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import { makeWorkplace, type Workplace } from '../../support/program';
import { built } from './built';
import { nameOf, recordSteps, runWith } from './stepped-program';

const { sealingIn } = built<typeof SealingIn>('environment/files/sealed/sealing-in');

const secrets = { client_secret: 'the-secret-of-the-app', access_token: 'the-access', refresh_token: 'the-token' };

function textOf(generation: string): string {
  const rows = { app_type: 'web', client_id: 'the-client', ...secrets, generation };
  const values = Object.entries(rows).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  return JSON.stringify({ name: 'acme', values });
}

const keyFile = (place: Workplace, name = 'the.key'): string => path.join(place.folder, name);

/** An environment with kept generations, tokens that wait to be judged, an answer that no token can be read from, and a key. */
async function unsealedPlace(): Promise<Workplace> {
  const place = makeWorkplace();
  place.write('acme', textOf('3'));
  const folder = path.join(place.folder, 'environments/.evergrant/acme.postman_environment.json');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const put = (name: string, text: string): void => fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  for (const one of ['2', '3']) put(`generation-${one}.json`, textOf(one));
  put('pending.json', textOf('4'));
  put('answer-2026-11-22T100000.000Z.txt', 'half an answer with the-token');
  useKey(place);
  await place.run(['key', 'init', '--to', keyFile(place)]);
  return place;
}

function useKey(place: Workplace, name?: string): void {
  fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_KEY_FILE=${keyFile(place, name)}\n`, { mode: 0o600 });
}

async function sealedPlace(): Promise<Workplace> {
  const place = await unsealedPlace();
  await place.run(['seal', '--all']);
  return place;
}

/** After new data keys were made, and a new key, which is used from then on. */
async function rotatedPlace(): Promise<Workplace> {
  const place = await sealedPlace();
  await place.run(['key', 'rotate', '--to', keyFile(place, 'next.key')]);
  useKey(place, 'next.key');
  return place;
}

/** The keys that are there, each of which is tried. */
function keysThere(place: Workplace): WrappingKeys[] {
  const files = ['the.key', 'next.key'].map((name) => keyFile(place, name)).filter((file) => fs.existsSync(file));
  return files.map((file) => keysIn(fs.readFileSync(file, 'utf8'), file));
}

/** What is wrong with a text of an environment: a secret that opens with none of the keys, or is another. */
function problemOf(file: string, place: Workplace): string | undefined {
  const text = fs.readFileSync(file, 'utf8');
  if (text === '') return undefined; // the place that a rename takes for its file
  const tried = keysThere(place).flatMap((key) =>
    ['acme', 'birch'].map((name) => openedWith(text, name, place, key, file)),
  );
  const wanted = JSON.stringify(Object.values(secrets));
  return tried.includes(wanted) ? undefined : `${path.basename(file)}: ${tried.join(' or ')}`;
}

function openedWith(text: string, name: string, place: Workplace, key: WrappingKeys, file: string): string {
  const sealing = sealingIn(path.join(place.folder, 'environments'), { where: file, read: () => key });
  try {
    const environment = parseEnvironment(text, name, file, sealing);
    return JSON.stringify(Object.keys(secrets).map((one) => valueOf(environment, one as keyof typeof secrets)));
  } catch (error) {
    return error instanceof Failure || error instanceof Error ? error.message : 'unknown';
  }
}

/** Every text of an environment that is kept, wherever it is. */
function textsIn(place: Workplace): string[] {
  const folder = path.join(place.folder, 'environments');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isText = (file: string): boolean =>
    /postman_environment\.json$|(generation-\d+|pending)\.json$/.test(file) &&
    fs.statSync(path.join(folder, file)).isFile();
  return files.filter(isText).map((file) => path.join(folder, file));
}

interface Verb {
  readonly what: string;
  readonly make: () => Promise<Workplace>;
  readonly args: readonly string[];
  /** What the same command says where the one that was killed had done everything. */
  readonly isDone?: RegExp;
}

/** The commands that change how secrets are sealed. */
export const sealingVerbs: readonly Verb[] = [
  { what: 'seal', make: unsealedPlace, args: ['seal', '--all'] },
  { what: 'unseal', make: sealedPlace, args: ['unseal', 'acme'] },
  { what: 'rotate', make: sealedPlace, args: ['key', 'rotate'] },
  {
    what: 'rotate to a new key',
    make: sealedPlace,
    args: ['key', 'rotate', '--to', 'next.key'],
    isDone: /is there already, and a key is never overwritten/,
  },
  { what: 'reseal', make: rotatedPlace, args: ['key', 'reseal'] },
  { what: 'retire', make: rotatedPlace, args: ['key', 'retire'] },
  { what: 'rename', make: sealedPlace, args: ['rename', 'acme', 'birch'], isDone: /acme was renamed: it is birch now/ },
];

/** A place of its own with the same files. */
function copyOf(whole: Workplace): Workplace {
  const place = makeWorkplace();
  fs.cpSync(whole.folder, place.folder, { recursive: true });
  useKey(place, fs.readFileSync(path.join(whole.folder, '.env'), 'utf8').includes('next.key') ? 'next.key' : undefined);
  return place;
}

/**
 * Kills a command before each of its steps that write, or some of them; returns how often, and all that went wrong. A run
 * that has ended well before that step, because several writers shared the sync of a folder, was not killed.
 */
export async function killEach(
  { make, args, isDone }: Verb,
  every: number,
): Promise<{ kills: number; problems: string[] }> {
  const whole = await make();
  const { ended, steps } = await recordSteps(copyOf(whole).folder, args);
  const writing = steps.flatMap((step, at) => (step.writes ? [{ step, number: at + 1 }] : []));
  const problems = ended.code === 0 ? [] : [`it ends with ${ended.code}: ${ended.stderr}`];
  const chosen = writing.filter((_, at) => at % every === 0);
  let kills = 0;
  for (const { step, number } of chosen) {
    const place = copyOf(whole);
    const { code, signal } = await runWith({ kill: { step: number, side: 'before' } }, place.folder, args);
    const found =
      signal === 'SIGKILL' || code === 0 ? problemsIn(place) : [`it was not killed, and ended with ${code}`];
    if (signal === 'SIGKILL') kills += 1;
    const again = await place.run(args);
    if (again.code !== 0 && isDone?.test(again.stderr) !== true) found.push(`the same command: ${again.stderr}`);
    found.push(...problemsIn(place));
    problems.push(...found.map((problem) => `before step ${number}, ${nameOf(step, place.folder)}: ${problem}`));
    fs.rmSync(place.folder, { recursive: true });
  }
  // Only the sync that was shared is missing: more than one run that is not killed is another thing.
  if (kills < chosen.length - 1) problems.push(`${chosen.length - kills} of ${chosen.length} were not killed`);
  return { kills, problems };
}

function problemsIn(place: Workplace): string[] {
  const texts = textsIn(place);
  const problems = texts.flatMap((file) => problemOf(file, place) ?? []);
  return texts.length >= 4 ? problems : [...problems, 'texts are missing'];
}
