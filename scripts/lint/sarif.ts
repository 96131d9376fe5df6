import type { Rule } from './finding';

/** A finding with its place in a file. */
export interface Located {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly where: string;
  readonly message: string;
}

/** A file that could not be checked. */
export interface Unchecked {
  readonly file: string;
  readonly message: string;
}

/**
 * A run of the lint as SARIF 2.1.0 (OASIS), with what GitHub's code scanning shows: rule, level, message, file and line. Paths
 * are relative to the folder that it was run in, which should be that of the repository.
 */
export function sarifOf(rules: readonly Rule[], findings: readonly Located[], unchecked: readonly Unchecked[]): object {
  const indices = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'evergrant lint', rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: unchecked.length === 0,
            toolExecutionNotifications: unchecked.map(({ file, message }) => ({
              level: 'error',
              message: { text: message },
              locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
            })),
          },
        ],
        results: findings.map((finding) => resultOf(finding, indices.get(finding.rule) ?? -1, rules)),
      },
    ],
  };
}

function ruleOf({ id, level, hint }: Rule): object {
  return {
    id,
    shortDescription: { text: id.replaceAll('-', ' ') },
    help: { text: hint },
    defaultConfiguration: { level },
  };
}

function resultOf({ rule, where, message, file, line }: Located, ruleIndex: number, rules: readonly Rule[]): object {
  return {
    ruleId: rule,
    ruleIndex,
    level: rules[ruleIndex]?.level ?? 'warning',
    message: { text: `${where}: ${message}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } },
        logicalLocations: [{ fullyQualifiedName: where }],
      },
    ],
  };
}

/** A path as a relative reference (RFC 3986 §4.2), with slashes on Windows too. */
function uriOf(file: string): string {
  return file.split(/[\\/]/).map(encodeURIComponent).join('/');
}
