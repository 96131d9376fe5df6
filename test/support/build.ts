import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Compiles the program once before the tests, so that they run what users run. */
export default function build(): void {
  const compiler = path.resolve('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'scripts/tsconfig.json'], { stdio: 'inherit' });
}
