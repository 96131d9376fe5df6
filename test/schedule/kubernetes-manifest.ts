import path from 'node:path';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Container, PersistentVolumeClaim, Pod, PodSpec } from 'kubernetes-types/core/v1';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { kubernetesUnits } from '../../scripts/schedule/kubernetes';
import { jobOf } from './places';

export interface Manifest {
  readonly volume: PersistentVolumeClaim;
  readonly job: CronJob;
  /** The pod for people. */
  readonly maintenance: Pod;
  readonly pod: PodSpec;
  readonly container: Container;
}

/** The manifest for environments in a folder, or in a database, read back. @throws Error unless it is YAML with a container */
export function manifestOf(environments?: string, isShared = false): Manifest {
  const place = { image: 'example.com/evergrant:1', environments, isShared, isMaintained: true, variables: {} };
  const { files } = kubernetesUnits(place, jobOf('10m'));
  const text = files.map((file) => file.text).join('');
  const documents = parseAllDocuments(text, { strict: true });
  const problems = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  if (problems[0] !== undefined) throw problems[0];
  const [volume, job, maintenance] = documents.map((document) => document.toJS() as unknown);
  const claimed = {
    volume: volume as PersistentVolumeClaim,
    job: job as CronJob,
    maintenance: maintenance as Pod,
  }; // as faultsOf() checks
  const pod = claimed.job.spec?.jobTemplate.spec?.template.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error('no container');
  return { ...claimed, pod, container };
}

/** What the compiler says of objects that claim to be of Kubernetes' own types: an unknown field is an error, too. */
export function faultsOf(volume: object, job: object, maintenance: object): string[] {
  const file = path.resolve('test/manifest.ts'); // never written: the compiler is told what it holds
  const source = `import type { CronJob } from 'kubernetes-types/batch/v1';
import type { PersistentVolumeClaim, Pod } from 'kubernetes-types/core/v1';
export const volume: PersistentVolumeClaim = ${JSON.stringify(volume)};
export const job: CronJob = ${JSON.stringify(job)};
export const maintenance: Pod = ${JSON.stringify(maintenance)};
`;
  const kind = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const options: ts.CompilerOptions = {
    ...kind,
    lib: ['lib.es2022.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
