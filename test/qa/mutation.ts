import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inCopy } from '../support/build-folder';
import { startProgram } from '../support/running';
import type { Trial } from './mutants';

/** `killed`: the scenario of the mutant failed. `survived`: it passed all the same. `broken`: it could not be played. */
export interface Verdict extends Trial {
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** What the scenario complained of first. */
  readonly complaint: string;
}

/** The built program as it would be installed: a place to break things in. */
export interface Copy {
  readonly folder: string;
  remove(): void;
}

export function copyProgram(): Copy {
  const folder = mkdtempSync(path.join(tmpdir(), 'evergrant-mutant-'));
  for (const part of ['dist', 'collections', 'environments', 'scripts', 'package.json']) {
    cpSync(part, path.join(folder, part), { recursive: true });
  }
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Plays the scenarios whose id or title has a text, and says how that ended. */
export async function playQa(folder: string, grep: string): Promise<{ code: number | null; lines: string[] }> {
  const program = path.join(folder, 'dist/cli.js');
  const { code, stdout, stderr } = await startProgram(folder, ['qa', '--grep', grep], { program }).ended;
  return { code, lines: [...stdout.split('\n'), ...stderr.split('\n')] };
}

/** Tries the mutants, `atOnce` of them at a time, each in a copy of the program that is mended afterwards. */
export async function tryMutants(
  trials: readonly Trial[],
  atOnce: number,
  onVerdict: (verdict: Verdict) => void = () => {},
): Promise<Verdict[]> {
  const [waiting, verdicts]: [Trial[], Verdict[]] = [[...trials], []];
  const work = async (): Promise<void> => {
    const copy = copyProgram();
    try {
      for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
        const verdict = await tryMutant(trial, copy.folder);
        verdicts.push(verdict);
        onVerdict(verdict);
      }
    } finally {
      copy.remove();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return verdicts.toSorted((a, b) => a.id.localeCompare(b.id));
}

async function tryMutant(trial: Trial, folder: string): Promise<Verdict> {
  const file = inCopy(folder, trial.file);
  const whole = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    whole.replaceAll(trial.find, () => trial.put),
  );
  try {
    return judge(trial, await playQa(folder, trial.id));
  } finally {
    writeFileSync(file, whole);
  }
}

function judge(trial: Trial, { code, lines }: { code: number | null; lines: readonly string[] }): Verdict {
  const failed = lines.findIndex((line) => line.startsWith('failed') && line.includes(trial.id));
  if (failed >= 0) return { ...trial, outcome: 'killed', complaint: (lines[failed + 1] ?? '').trim() };
  return { ...trial, outcome: code === 0 ? 'survived' : 'broken', complaint: lines.find(Boolean) ?? '' };
}
