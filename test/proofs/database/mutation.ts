import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { StoreMutant } from './mutants';

/** What must notice a mutant: the store's tests of its own, quickest first. */
const tests = ['safety', 'lease', 'conformance'].map((name) => `test/environment/database/${name}.test.ts`);

/** `killed`: a test failed. `survived`: all passed. `broken`: the tests could not be run. */
export interface Outcome {
  readonly id: string;
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** The first test that failed. */
  readonly by: string;
}

/** A copy of the sources and tests, to break things in. */
export function copySources(): { readonly folder: string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-store-mutant-'));
  for (const part of ['scripts', 'test', 'collections', 'environments', 'package.json', 'tsconfig.json']) {
    fs.cpSync(part, path.join(folder, part), { recursive: true });
  }
  for (const part of ['node_modules', 'dist']) fs.symlinkSync(path.resolve(part), path.join(folder, part));
  return { folder, remove: () => fs.rmSync(folder, { recursive: true }) };
}

/** Why a mutant can't be made; undefined where it can. */
export function misfit({ id, file, find }: StoreMutant): string | undefined {
  const places = fs.readFileSync(file, 'utf8').split(find).length - 1;
  return places === 1 ? undefined : `${id} stands ${places} times in ${file}`;
}

/** Tries a mutant in a copy of the sources, which is mended afterwards; with none, the tests must pass. */
export async function tryMutant(mutant: StoreMutant | undefined, folder: string): Promise<Outcome> {
  if (mutant === undefined) return { id: 'nothing broken', ...(await runTests(folder)) };
  const file = path.join(folder, mutant.file);
  const whole = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(
    file,
    whole.replace(mutant.find, () => mutant.put),
  );
  try {
    return { id: mutant.id, ...(await runTests(folder)) };
  } finally {
    fs.writeFileSync(file, whole);
  }
}

interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly { assertionResults: readonly { status: string; fullName: string }[] }[];
}

async function runTests(folder: string): Promise<Omit<Outcome, 'id'>> {
  const vitest = path.resolve('node_modules/vitest/vitest.mjs');
  const output = path.join(folder, 'outcome.json');
  fs.rmSync(output, { force: true });
  const config = path.join(folder, 'mutants.config.mjs');
  fs.writeFileSync(config, `export default { test: { testTimeout: 60_000, hookTimeout: 120_000, maxWorkers: 1 } };\n`);
  const args = [
    'run',
    '--config',
    config,
    '--root',
    folder,
    '--bail',
    '1',
    '--reporter',
    'json',
    '--outputFile',
    output,
  ];
  const env = { ...process.env, POSTGRES_TESTS: 'required' };
  const child = spawn(process.execPath, [vitest, ...args, ...tests], { cwd: folder, env, stdio: 'ignore' });
  await once(child, 'exit');
  if (!fs.existsSync(output)) return { outcome: 'broken', by: 'no test was run' };
  const { testResults } = JSON.parse(fs.readFileSync(output, 'utf8')) as Report; // Vitest's own format
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { outcome: 'killed', by: failed.fullName };
  const isWhole = all.length > 0 && all.every(({ status }) => status === 'passed');
  return isWhole ? { outcome: 'survived', by: '' } : { outcome: 'broken', by: 'a test file could not be read' };
}
