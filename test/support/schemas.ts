import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';

export const schemaFolder = path.resolve('scripts/schemas');

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const known = new Map<string, ValidateFunction>();

/**
 * Holds what a command has printed with `--json` against its schema, more strictly than the schema says: users' programs
 * must bear further fields, and here a field that no schema names is a fault.
 * @throws Error that says what differs
 */
export function checkJson(args: readonly string[], { code, stdout }: { code: number | null; stdout: string }): void {
  const verb = args.find((word) => fs.existsSync(path.join(schemaFolder, `${word}.schema.json`)));
  if (verb === undefined || !args.includes('--json') || args.includes('--') || stdout === '') return;
  const validate = known.get(verb) ?? strict(verb);
  known.set(verb, validate);
  if (validate(JSON.parse(stdout))) return;
  const problems = validate.errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(`${args.join(' ')} (exit code ${code}) differs from its schema: ${problems?.join('; ')}`);
}

function strict(verb: string): ValidateFunction {
  const text = fs.readFileSync(path.join(schemaFolder, `${verb}.schema.json`), 'utf8');
  const schema = JSON.parse(text, (_, part: unknown) => closed(part)) as object;
  return new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    formats: { 'date-time': dateTime, uri: /^https?:\/\// },
  }).compile(schema);
}

/** An object that says nothing of further fields has none. */
function closed(part: unknown): unknown {
  const hasFields = typeof part === 'object' && part !== null && 'type' in part && 'properties' in part;
  return hasFields ? { additionalProperties: false, ...part } : part;
}
