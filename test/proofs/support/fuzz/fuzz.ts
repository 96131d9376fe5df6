import fc from 'fast-check';
import type * as EditModule from '../../../../scripts/environment/edit';
import type * as EnvironmentModule from '../../../../scripts/environment/environment';
import type * as ParseModule from '../../../../scripts/environment/parse';
import type { Answer } from '../../../../scripts/refresh/token-answer';
import { built } from '../built';
import type { Findings } from '../proof';
import { answer } from './answers';
import { endingOf, makeBench, type Bench } from './bench';
import { brokenByPaste, paste } from './callbacks';
import { connectedRows, edits, fileBytes, monstrousBytes, rowOf } from './environments';
import { broken } from './laws';

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
}

/** Invented and corrupt environment files, callback URLs and answers: nothing crashes, and no secret is shown. */
export async function fuzz({ cases, seed }: FuzzOptions): Promise<Findings> {
  const bench = makeBench();
  const areas = areasOn(bench);
  const figures: Record<string, number> = {};
  const failures: string[] = [];
  try {
    for (const [name, { share, check }] of Object.entries(areas)) {
      const numRuns = Math.max(1, Math.round(cases * share));
      const details = await check(numRuns, seed);
      figures[name] = details.numRuns;
      if (details.failed) failures.push(`${name}: ${describe(details)}`);
    }
  } finally {
    bench.remove();
  }
  return {
    figures: { 'cases in all': Object.values(figures).reduce((sum, count) => sum + count, 0), ...figures },
    failures,
  };
}

interface Area {
  readonly share: number;
  check(numRuns: number, seed: number): Promise<fc.RunDetails<unknown>>;
}

function area<Case>(
  share: number,
  cases: fc.Arbitrary<Case>,
  problemsOf: (one: Case) => Promise<readonly string[]>,
): Area {
  const property = fc.asyncProperty(cases, async (one) => {
    const problems = await problemsOf(one);
    if (problems.length > 0) throw new Error(problems.join('; '));
  });
  return {
    share,
    check: async (numRuns, seed) => (await fc.check(property, { numRuns, seed })) as fc.RunDetails<unknown>, // of any case
  };
}

const goodFile = Buffer.from(
  JSON.stringify(
    { name: 'acme', values: Object.entries(connectedRows).map(rowOf), _postman_variable_scope: 'environment' },
    null,
    2,
  ),
);

function areasOn(bench: Bench): Record<string, Area> {
  const refreshed = async ([bytes, answers]: readonly [Buffer, readonly Answer[]]): Promise<string[]> =>
    broken(await bench.play(bytes, answers));
  return {
    'edits of environments': area(0.2, fc.tuple(fileBytes, edits), brokenByEdit),
    'environments refreshed': area(0.195, fc.tuple(fileBytes, plainAnswers), refreshed),
    'monsters refreshed': area(0.005, fc.tuple(monstrousBytes, plainAnswers), refreshed),
    'callback URLs': area(0.2, paste, brokenByPaste),
    'token answers': area(0.4, fc.array(answer, { minLength: 1, maxLength: 3 }), (answers) =>
      refreshed([goodFile, answers]),
    ),
  };
}

const plainAnswers = fc.constantFrom<readonly Answer[]>(
  [
    {
      kind: 'answer',
      status: 200,
      headers: {},
      body: '{"access_token":"CANARY-a2","refresh_token":"CANARY-r2","expires_in":1800}',
    },
  ],
  [{ kind: 'answer', status: 400, headers: {}, body: '{"error":"invalid_grant"}' }],
  [{ kind: 'answer', status: 503, headers: {}, body: '' }],
  [],
);

/** Parses and edits as every writer does; what was set must read back. */
async function brokenByEdit([bytes, changes]: readonly [Buffer, Record<string, string>]): Promise<string[]> {
  const { valueOf } = built<typeof EnvironmentModule>('environment/environment');
  const { parseEnvironment } = built<typeof ParseModule>('environment/parse');
  const { editEnvironment } = built<typeof EditModule>('environment/edit');
  const text = bytes.toString();
  const parsed = await endingOf(() => parseEnvironment(text, 'acme', 'acme.json'));
  if ('failure' in parsed) return parsed.failure.kind === 'invalid' ? [] : [`a file ends with ${parsed.failure.kind}`];
  const edited = await endingOf(() => editEnvironment(text, changes, 'acme.json'));
  if ('failure' in edited) return edited.failure.kind === 'invalid' ? [] : [`an edit ends with ${edited.failure.kind}`];
  const again = parseEnvironment(edited.result, 'acme', 'acme.json');
  const keys = Object.keys(changes) as EnvironmentModule.ContractKey[]; // the arbitrary's keys are the contract's
  return keys.filter((key) => valueOf(again, key) !== changes[key]?.trim()).map((key) => `${key} does not read back`);
}

function describe({ counterexample, counterexamplePath, errorInstance }: fc.RunDetails<unknown>): string {
  const error = errorInstance instanceof Error ? errorInstance : new Error(String(errorInstance));
  const cause = error.cause instanceof Error ? `: ${error.cause.stack?.split('\n').slice(0, 4).join(' ')}` : '';
  return `${error.message}${cause} for ${shown(counterexample)} (path ${counterexamplePath})`;
}

/** A counterexample, of a file only what differs from the good one. */
function shown(counterexample: unknown): string {
  const text = JSON.stringify(counterexample, (_, value: unknown) =>
    isBytes(value) ? differenceFrom(goodFile.toString('latin1'), Buffer.from(value.data).toString('latin1')) : value,
  );
  return text.length > 1500 ? `${text.slice(0, 1500)}…` : text;
}

function differenceFrom(good: string, corrupt: string): string {
  const most = Math.min(good.length, corrupt.length);
  let [start, end] = [0, 0];
  while (start < most && good[start] === corrupt[start]) start++;
  while (end < most - start && good.at(-1 - end) === corrupt.at(-1 - end)) end++;
  return `at ${start} ${good.slice(start, good.length - end)} became ${corrupt.slice(start, corrupt.length - end)}`;
}

function isBytes(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}
