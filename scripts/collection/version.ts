import { createHash } from 'node:crypto';
import ts from 'typescript';
import * as v from 'valibot';
import type { Collection } from './shape';

/** The fingerprint of the requests and scripts that each version was first recorded with. */
export type Versions = Readonly<Record<string, string>>;

/** @throws ValiError for a text of another shape, SyntaxError for what is not JSON */
export function parseVersions(text: string): Versions {
  return v.parse(v.record(v.string(), v.string()), JSON.parse(text));
}

const infoShape = v.looseObject({ info: v.looseObject({ version: v.string(), description: v.string() }) });

/**
 * Adds the collection's version to the recorded ones. People see by the version whether the collection that they imported
 * is the newest. Descriptions and comments may change under the same version.
 * @throws Error with one sentence that says what to do next
 */
export function recordVersion(collection: Collection, recorded: Versions): Versions {
  const { version, description } = v.parse(infoShape, collection).info;
  const [newest = version] = Object.keys(recorded).toSorted(byNumber).toReversed();
  const fingerprint = fingerprintOf(collection);
  if (byNumber(version, newest) < 0) throw new Error(`version ${version} is older than ${newest}: ${next}`);
  if ((recorded[version] ?? fingerprint) !== fingerprint)
    throw new Error(`requests or scripts are not those of version ${version}: ${next}`);
  const isSaid = description.includes(`Version ${version}.`) && description.includes(`- ${version}: `);
  if (!isSaid) throw new Error(`the description says nothing of version ${version}: ${next}`);
  return { ...recorded, [version]: fingerprint };
}

const next = 'raise info.version, say what has changed in info.description, then run: npm run embed';

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The fingerprint of everything that is sent and run, but not of descriptions, comments and the layout of scripts. */
function fingerprintOf({ info: _, ...rest }: Collection & { info?: unknown }): string {
  const text = JSON.stringify(rest, (key, value: unknown) => {
    if (key === 'description') return undefined;
    return key === 'exec' ? bareScript([value].flat().join('\n')) : value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function bareScript(script: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, removeComments: true };
  return ts.transpileModule(script, { compilerOptions }).outputText;
}
