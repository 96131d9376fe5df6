import fs from 'node:fs';
import path from 'node:path';
import type { Places } from './places';

const kept = 5;
const pattern = /^generation-(\d+)\.json$/;

/**
 * Keeps a copy of a generation just saved, and the four before it. A copy that can't be made costs nothing: the tokens
 * are in the file by then.
 */
export function keepGeneration({ folder }: Places, generation: string, text: string): void {
  try {
    fs.writeFileSync(path.join(folder, `generation-${generation}.json`), text, { mode: 0o600 });
    for (const old of listGenerations(folder).slice(kept)) fs.rmSync(fileOf(folder, old), { force: true });
  } catch {
    return;
  }
}

/** The generations that are kept, newest first. */
export function listGenerations(folder: string): number[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const generations = files.flatMap((file) => pattern.exec(file)?.[1] ?? []).map(Number);
  return generations.sort((a, b) => b - a);
}

function fileOf(folder: string, generation: number): string {
  return path.join(folder, `generation-${generation}.json`);
}
