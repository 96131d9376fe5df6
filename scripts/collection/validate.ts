/**
 * Checks collections against Postman's official schema, which is not part of this project:
 * `ts-node scripts/collection/validate.ts SCHEMA [COLLECTION…]`, by default this project's. Exits with 1 for any fault.
 */
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { collectionFile, collectionNames } from './sources';

function main(schemaFile: string | undefined, given: string[]): void {
  if (!schemaFile) throw new Error('usage: validate SCHEMA [COLLECTION…]');
  const ajv = new Ajv({ allErrors: true, strict: false });
  const validate = ajv.compile(readJson(schemaFile) as object);
  const files =
    given.length > 0 ? given : collectionNames('collections').map((name) => collectionFile('collections', name));
  const faults = files.flatMap((file) =>
    validate(readJson(file)) ? [] : [`${file}: ${ajv.errorsText(validate.errors, { separator: '\n  ' })}`],
  );
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

try {
  const [schemaFile, ...files] = process.argv.slice(2);
  main(schemaFile, files);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
