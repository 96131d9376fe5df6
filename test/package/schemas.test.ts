import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import type * as ProgramModule from '../../scripts/program';
import { built } from '../proofs/support/built';
import { checkJson, schemaFolder } from '../support/schemas';

const files = fs.readdirSync(schemaFolder).sort();

/** The verbs that print JSON. */
function verbsWithJson(): string[] {
  const program = new Command();
  built<typeof ProgramModule>('program').defineCommands(
    program,
    ['--help'],
    () => expect.unreachable(),
    () => undefined,
  );
  const hasJson = ({ options, commands }: Command): boolean =>
    options.some(({ long }) => long === '--json') || commands.some(hasJson);
  const verbs = program.commands.filter(hasJson);
  return verbs.map((verb) => verb.name()).sort();
}

test('every verb with --json has a schema, and no other', () => {
  expect(files).toEqual(verbsWithJson().map((verb) => `${verb}.schema.json`));
});

test.each(files)('%s is a JSON Schema of 2020-12, says its version, and bears further fields', (file) => {
  const schema = JSON.parse(fs.readFileSync(path.join(schemaFolder, file), 'utf8')) as Record<string, unknown>;
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:evergrant:${file.replace('.schema.json', '')}:1`,
  });
  expect(JSON.stringify(schema)).not.toContain('"additionalProperties":false');
  expect(new Ajv2020({ validateFormats: false }).validateSchema(schema)).toBe(true);
});

test('npm puts them into the package', () => {
  const { files: shipped } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { files: readonly string[] };
  expect(shipped).toContain('scripts/schemas/*.json');
});

test.each([
  ['a field that no schema names', { environments: [], more: 1 }],
  ['a field that is missing', {}],
  ['a value of another kind', { environments: [{ environment: 'acme', state: 'fine', tenantId: null }] }],
])('%s is a fault in the tests', (_, printed) => {
  const check = (): void => checkJson(['cli.js', 'list', '--json'], { code: 0, stdout: JSON.stringify(printed) });
  expect(check).toThrow(/^cli\.js list --json \(exit code 0\) differs from its schema: /);
});
