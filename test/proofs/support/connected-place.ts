import fs from 'node:fs';
import path from 'node:path';
import { tokenKeys } from '../../../scripts/environment/grant';
import { makeWorkplace } from '../../support/program';
import type { SandboxProcess } from '../../support/sandbox';
import type { Ended } from './stepped-program';

export type AppType = 'web' | 'pkce';

/** A folder with one environment, connected to a sandbox, for the real program to run in. */
export interface ConnectedPlace {
  readonly folder: string;
  readonly file: string;
  readonly appType: AppType;
  readonly sandbox: SandboxProcess;
  /** Consents and exchanges, again when the grant has been lost. */
  connect(): Promise<void>;
  remove(): void;
}

export const name = 'acme';

/** Rows and keys of a user's own, which no refresh may touch. */
const ownRows = [
  { key: 'our_note', value: 'ü "quoted" \\ 😀', type: 'default', enabled: true, description: 'kept' },
  { key: 'our_switch', value: 'off', type: 'secret', enabled: false },
  { key: 'our_number', value: 1.5, type: 'any', enabled: true },
];

export async function makeConnectedPlace(sandbox: SandboxProcess, appType: AppType): Promise<ConnectedPlace> {
  const work = makeWorkplace();
  const folder = fs.realpathSync(work.folder);
  const given = await sandbox.environment(appType, name);
  const environment = { ...given, values: [...given.values, ...ownRows], our_key: [1, { two: null }] };
  const connect = async (): Promise<void> => {
    work.write(name, JSON.stringify(environment, null, 2));
    const { stdout: link } = await work.run(['consent', name, '--no-check']);
    const { code, stderr } = await work.run(['exchange', name, await sandbox.consent(link.trim())]);
    if (code !== 0) throw new Error(`the place could not be connected: ${stderr}`);
  };
  await connect();
  const file = path.join(folder, path.relative(work.folder, work.fileOf(name)));
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true });
  return { folder, file, appType, sandbox, connect, remove };
}

/** What an environment file holds. */
export interface Holding {
  readonly refreshToken: string;
  readonly generation: number;
  /** Not empty: a refresh was interrupted. */
  readonly startedAt: string;
  /** All but the values that a token set brings. */
  readonly others: string;
}

/** @throws SyntaxError unless the file is whole */
export function holdingOf(file: string): Holding {
  const { values, ...rest } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    values: { key: string; value: string }[];
  };
  const valueOf = (wanted: string): string => values.find(({ key }) => key === wanted)?.value ?? '';
  const isToken = ({ key }: { key: string }): boolean => tokenKeys.some((tokenKey) => tokenKey === key);
  return {
    refreshToken: valueOf('refresh_token'),
    generation: Number(valueOf('generation')),
    startedAt: valueOf('refresh_started_at'),
    others: JSON.stringify({ ...rest, values: values.map((row) => (isToken(row) ? { ...row, value: '' } : row)) }),
  };
}

/** Something that a proof found: a grant that is lost, or anything else that should not be. */
export interface Problem {
  readonly kind: 'lost' | 'fault';
  readonly what: string;
}

export function formatProblem({ kind, what }: Problem): string {
  return kind === 'lost' ? `a token lost: ${what}` : what;
}

export function lostIn(problems: readonly Problem[]): number {
  return problems.filter(({ kind }) => kind === 'lost').length;
}

/** The same problems, with where they happened. */
export function placed(problems: readonly Problem[], where: string): Problem[] {
  return problems.map(({ kind, what }) => ({ kind, what: `${where}: ${what}` }));
}

/** What is wrong after a run that nothing disturbed: it must exit 0 and hold a token that the sandbox accepts. */
export async function problemsAfterRun(
  place: Pick<ConnectedPlace, 'folder' | 'file' | 'sandbox'>,
  ended: Pick<Ended, 'code' | 'stderr'>,
  before: Holding,
): Promise<Problem[]> {
  const problems = problemsAtRest(place, before);
  if (problems.length > 0) return problems;
  const { refreshToken, startedAt } = holdingOf(place.file);
  const state = await place.sandbox.inspect(refreshToken);
  if (ended.code !== 0) problems.push(lost(`the next run exits with ${ended.code}: ${ended.stderr.trim()}`));
  if (state !== 'live') problems.push(lost(`the file holds a token that is ${state}`));
  if (startedAt !== '') problems.push(fault('the file is still marked as interrupted'));
  return problems;
}

/** What is wrong with the files, whatever has just happened: they are whole, their owner's, and lose nothing. */
export function problemsAtRest({ folder, file }: Pick<ConnectedPlace, 'folder' | 'file'>, before: Holding): Problem[] {
  const problems = readableByOthers(folder).map((found) => fault(`${found} can be read by others`));
  try {
    const { generation, others } = holdingOf(file);
    if (generation < before.generation) problems.push(lost(`generation ${before.generation} became ${generation}`));
    if (others !== before.others) problems.push(fault("the user's own rows are not what they were"));
  } catch (error) {
    problems.push(lost(`the environment file is broken: ${error instanceof Error ? error.name : 'unreadable'}`));
  }
  return problems;
}

/** Files that a refresh should have taken away, and what git would see. */
export function leftovers({ file }: Pick<ConnectedPlace, 'file'>): Problem[] {
  const folder = path.dirname(file);
  const beside = fs.readdirSync(folder).filter((found) => found !== path.basename(file) && found !== '.evergrant');
  const ignore = path.join(folder, '.evergrant', '.gitignore');
  const isIgnored = fs.existsSync(ignore) && fs.readFileSync(ignore, 'utf8') === '*\n';
  return [
    ...beside.map((found) => fault(`${found} was left behind`)),
    ...(isIgnored ? [] : [fault('.evergrant is not ignored by git: it has no whole .gitignore')]),
  ];
}

export function lost(what: string): Problem {
  return { kind: 'lost', what };
}

export function fault(what: string): Problem {
  return { kind: 'fault', what };
}

function readableByOthers(folder: string): string[] {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => path.basename(file) !== '.gitignore' && (fs.statSync(file).mode & 0o077) !== 0)
    .map((file) => path.relative(folder, file));
}
