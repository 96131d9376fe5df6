import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readableCopy } from './project';

/**
 * Builds the program once before the tests, so that they run what users run; whatever they make in the temporary folder
 * is made in one of their own, and is gone afterwards.
 */
export default function build(): () => void {
  execFileSync(process.execPath, [path.resolve('scripts/package/build.js')], { stdio: 'inherit' });
  const folder = mkdtempSync(path.join(tmpdir(), 'evergrant-tests-'));
  chmodSync(folder, 0o755); // some tests go on as another user
  process.env['TMPDIR'] = folder;
  const copy = readableCopy(folder);
  if (copy !== undefined) process.env['TEST_PROJECT'] = copy;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
