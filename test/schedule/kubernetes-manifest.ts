import fs from 'node:fs';
import path from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Container, PersistentVolumeClaim, Pod, PodSpec, Service } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { kubernetesUnits } from '../../scripts/schedule/kubernetes';
import { kubernetesServeUnits } from '../../scripts/schedule/kubernetes-serve';
import type { Serving } from '../../scripts/schedule/serving';
import { jobOf, servingOf } from './places';

export interface Manifest {
  readonly volume: PersistentVolumeClaim;
  readonly job: CronJob;
  /** The pod for people. */
  readonly maintenance: Pod;
  readonly pod: PodSpec;
  readonly container: Container;
}

/** The manifest for environments in a folder, or in a database, read back. @throws Error unless it is YAML with a container */
export function manifestOf(environments?: string, isShared = false, isSealed = false): Manifest {
  const place = {
    image: 'example.com/evergrant:1',
    environments,
    isShared,
    isSealed,
    isMaintained: true,
    variables: {},
  };
  const { files } = kubernetesUnits(place, jobOf('10m'));
  const text = files.map((file) => file.text).join('');
  const [volume, job, maintenance] = documentsIn(text);
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

interface ServerManifest {
  readonly volume: PersistentVolumeClaim;
  readonly deployment: Deployment;
  readonly service: Service;
  readonly budget: PodDisruptionBudget;
  readonly pod: PodSpec;
  readonly container: Container;
}

/** The manifest of a server, over a database unless it has files, read back. */
export function serverManifestOf(changes: Partial<Serving> = {}, isShared = true, isSealed = false): ServerManifest {
  const place = {
    image: 'example.com/evergrant:1',
    environments: undefined,
    isShared,
    isSealed,
    isMaintained: false,
    variables: {},
  };
  const { files } = kubernetesServeUnits(place, servingOf({ replicas: isShared ? 2 : 1, ...changes }));
  const [volume, deployment, service, budget] = documentsIn(files.map((file) => file.text).join(''));
  const claimed = { volume, deployment, service, budget } as Omit<ServerManifest, 'pod' | 'container'>; // as faultsOf() checks
  const pod = claimed.deployment.spec?.template.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error('no container');
  return { ...claimed, pod, container };
}

/** The documents of servers of all kinds. */
export function serverDocuments(): unknown[] {
  const all = [
    serverManifestOf({ hasCallback: true, isRefreshing: true }),
    serverManifestOf({}, false),
    serverManifestOf({}, true, true),
  ];
  return all.flatMap(({ volume, deployment, service, budget }) => [volume, deployment, service, budget]);
}

/** The manifests in the guide of `serve`. */
export function sidecars(): unknown[] {
  const guide = fs.readFileSync('environments/serve.md', 'utf8');
  return [...guide.matchAll(/```yaml\n([\s\S]+?)```/g)].flatMap(([, text = '']) => documentsIn(text));
}

/** The documents of a manifest. @throws Error unless all is YAML */
function documentsIn(text: string): unknown[] {
  const documents = parseAllDocuments(text, { strict: true });
  const problems = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  if (problems[0] !== undefined) throw problems[0];
  return documents.map((document) => document.toJS() as unknown);
}

const modules: Readonly<Record<string, string>> = { v1: 'core/v1' };

/** What the compiler says of objects that claim to be of Kubernetes' own types: an unknown field is an error, too. */
export function faultsOf(documents: readonly unknown[]): string[] {
  const file = path.resolve('test/manifest.ts'); // never written: the compiler is told what it holds
  const source = documents
    .map((document, at) => {
      const { apiVersion = '', kind = '' } = document as { apiVersion?: string; kind?: string };
      const type = `import('kubernetes-types/${modules[apiVersion] ?? apiVersion}').${kind}`;
      return `export const document${at}: ${type} = ${JSON.stringify(document)};\n`;
    })
    .join('');
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
