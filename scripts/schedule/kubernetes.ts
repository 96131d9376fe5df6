import path from 'node:path';
import { crontabTimes, formatInterval } from './interval';
import { badPath, checkPaths, longestRunMinutes, refreshArguments, type Job, type Units } from './job';
import { volumeText, type VolumeName } from './kubernetes-volume';
import { networkVariables } from './network-variables';
import { systemDataFolder } from './systemd-hardening';

/** The image, and what its containers are given. */
export interface ImagePlace {
  readonly image: string;
  /** The folder as typed; undefined for the usual one. A relative one is inside the usual one. */
  readonly environments: string | undefined;
  /** Whether the environments are in a database, which a Secret names, and the volume has receipts only. */
  readonly isShared: boolean;
  /** Whether a pod for people is wanted, too. */
  readonly isMaintained: boolean;
  /** The variables of this shell, of which proxies are passed on. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * A CronJob (batch/v1), the volume of its environments or receipts, and if asked for a pod for people. All pass the Pod Security
 * Standard "restricted". The image is the one of `--containerfile`: its command is `evergrant`.
 * @throws Failure `invalid` for a folder that can't be a mount path
 */
export function kubernetesUnits(place: ImagePlace, job: Job): Units {
  const environments = path.posix.resolve(systemDataFolder, place.environments ?? '');
  checkPaths([environments]);
  if (environments.includes(':')) throw badPath('has a colon, which Kubernetes mounts nowhere');
  if (['/', '/usr', '/usr/local', '/tmp'].includes(environments))
    throw badPath('would hide the program under the volume');
  const documents = [volumeText(volumeOf(place)), jobText(place, environments, job)];
  const files = [{ name: 'evergrant.yaml', text: documents.join('---\n') }];
  if (place.isMaintained)
    files.push({ name: 'evergrant-maintenance.yaml', text: maintenanceText(place, environments) });
  const { withheld } = networkVariables(place.variables);
  const install = [
    `${place.isShared ? 'the image' : 'never copy environment files into the image, which'} is made by: npx evergrant schedule kubernetes --containerfile`,
    ...(place.isShared ? sharedSecrets : [`the settings: ${secret}`]),
    ...(withheld.length === 0 ? [] : [`${withheld.join(', ')} may hold a password: it belongs into that secret, too`]),
    'the job: kubectl apply -f evergrant.yaml',
    ...(place.isShared ? [] : ['the environment files go onto the volume, owned by user 1000: kubectl cp']),
    ...(place.isMaintained ? maintenanceNotes : ['for consent, status and adopt: a pod for people, by --maintenance']),
  ];
  return { files, install };
}

const secret = 'kubectl create secret generic evergrant --from-env-file=.env';

const sharedSecrets: readonly string[] = [
  `the settings, with EVERGRANT_STORE=postgres://… and, if need be, PGPASSWORD=… in them: ${secret}`,
  'a TLS root, if need be: kubectl create secret generic evergrant-database --from-file=ca.crt',
  'which EVERGRANT_STORE then names: …?sslmode=verify-full&sslrootcert=/etc/evergrant/ca.crt',
  'the tables, before the job: npx evergrant store migrate, on any machine',
];

function volumeOf({ isShared }: ImagePlace): VolumeName {
  return isShared ? 'receipts' : 'environments';
}

const maintenanceNotes: readonly string[] = [
  'the pod for people, for an hour: kubectl apply -f evergrant-maintenance.yaml',
  'in it: kubectl exec -it evergrant-maintenance -- evergrant consent acme (or status, exchange acme, adopt acme -)',
  'afterwards: kubectl delete pod evergrant-maintenance',
];

function jobText(place: ImagePlace, environments: string, job: Job): string {
  const command = ['evergrant', ...refreshArguments(environments, job)];
  return `apiVersion: batch/v1
kind: CronJob
metadata:
  name: evergrant
spec:
  # Each ${formatInterval(job.interval)}.
  schedule: ${quoted(crontabTimes(job.interval))}
${indented(concurrency(place), 2)}  startingDeadlineSeconds: 300
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      # The next run is the next try.
      backoffLimit: 0
      # A run that takes longer is stopped; the next one goes on where it was.
      activeDeadlineSeconds: ${longestRunMinutes * 60}
      template:
        spec:
${indented(podText(place, environments, command), 10)}`;
}

function concurrency({ isShared }: ImagePlace): string {
  if (isShared) {
    return `# Runs may overlap, with each other and with those elsewhere: each claims what nobody has.
concurrencyPolicy: Allow
`;
  }
  return `# A run that still works is left alone: no second one starts.
concurrencyPolicy: Forbid
`;
}

/** An hour is enough for a person; then the pod ends by itself. */
function maintenanceText(place: ImagePlace, environments: string): string {
  const why = place.isShared
    ? 'The job may run meanwhile.'
    : "The volume is one node's, so it runs where the job does; locks keep them apart.";
  return `---
# For people: consent, status, adopt. ${why}
apiVersion: v1
kind: Pod
metadata:
  name: evergrant-maintenance
spec:
  activeDeadlineSeconds: 3600
${indented(podText(place, environments, ['sleep', 'infinity']), 2)}`;
}

/** The fields of a pod that runs a command in the image, with the environments on their volume. */
function podText(place: ImagePlace, environments: string, command: readonly string[]): string {
  const { image, variables } = place;
  const volume = volumeOf(place);
  // A certificate of this machine is not in the image.
  const network = networkVariables(variables).given.filter(([name]) => !/CERT/.test(name));
  const set = [['EVERGRANT_ENVIRONMENTS', environments], ...network].map(([name, value]) => variable(name, value));
  return `restartPolicy: Never
automountServiceAccountToken: false
# Time to save the answer that a stopped run waits for.
terminationGracePeriodSeconds: 45
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  # The volume belongs to that group.
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: evergrant
    image: ${quoted(image)}
    workingDir: ${quoted(environments)}
    command: ${JSON.stringify(command.map(literal))}
    # XERO_CLIENT_ID, XERO_CLIENT_SECRET and the like fill settings that are blank in the ${place.isShared ? 'database' : 'files'}. These
    # never change, so a Secret will do.
    envFrom:
      - secretRef:
          name: evergrant
          optional: true
    env:
${indented(set.join(''), 6)}${indented(place.isShared ? storeText : recoveryText, 6)}${indented(variable('XDG_STATE_HOME', `${environments}/.evergrant/state`), 6)}    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    resources:
      requests:
        cpu: 50m
        memory: 128Mi
      limits:
        cpu: "1"
        memory: 512Mi
    volumeMounts:
      - name: ${volume}
        mountPath: ${quoted(environments)}
${indented(place.isShared ? rootMount : '', 6)}      # The rest of the container is read-only.
      - name: tmp
        mountPath: /tmp
volumes:
  - name: ${volume}
    persistentVolumeClaim:
      claimName: evergrant-${volume}
${indented(place.isShared ? rootVolume : '', 2)}  - name: tmp
    emptyDir: {}
`;
}

const recoveryText = '# New tokens that a file cannot take must outlive the pod: on the volume, too.\n';

/** Without the key in the Secret the pod does not start, and never looks for files. A password file would not do: see the guide. */
const storeText = `- name: EVERGRANT_STORE
  valueFrom:
    secretKeyRef:
      name: evergrant
      key: EVERGRANT_STORE
# Where receipts go: on the volume.
`;

const rootMount = `- name: database
  mountPath: /etc/evergrant
  readOnly: true
`;

const rootVolume = `# The certificate of the database's own authority, where it has one.
- name: database
  secret:
    secretName: evergrant-database
    optional: true
`;

function variable(name = '', value = ''): string {
  return `- name: ${name}\n  value: ${quoted(literal(value))}\n`;
}

/** Kubernetes reads $(NAME) as a variable, and $$ as the sign itself. */
function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

/** A JSON string is also a YAML string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
