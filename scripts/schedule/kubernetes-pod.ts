import path from 'node:path';
import { badPath, checkPaths } from './job';
import type { VolumeName } from './kubernetes-volume';
import { networkVariables } from './network-variables';
import { systemDataFolder } from './systemd-hardening';

/** The image, and what its containers are given. */
export interface ImagePlace {
  readonly image: string;
  /** The folder as typed; undefined for the usual one. A relative one is inside the usual one. */
  readonly environments: string | undefined;
  /** Whether the environments are in a database, which a Secret names, and the volume has receipts only. */
  readonly isShared: boolean;
  /** Whether the secrets are sealed, so that pods need the key, which a Secret has. */
  readonly isSealed?: boolean;
  /** Whether a pod for people is wanted, too. */
  readonly isMaintained: boolean;
  /** The variables of this shell, of which proxies are passed on. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Where containers have the environments. @throws Failure `invalid` for a folder that can't be a mount path */
export function environmentsIn(place: ImagePlace): string {
  const environments = path.posix.resolve(systemDataFolder, place.environments ?? '');
  checkPaths([environments]);
  if (environments.includes(':')) throw badPath('has a colon, which Kubernetes mounts nowhere');
  if (['/', '/usr', '/usr/local', '/tmp'].includes(environments))
    throw badPath('would hide the program under the volume');
  return environments;
}

export function volumeOf({ isShared }: ImagePlace): VolumeName {
  return isShared ? 'receipts' : 'environments';
}

/** What comes before a manifest is applied, for people. */
export function adviseSecrets(place: ImagePlace): string[] {
  const { withheld } = networkVariables(place.variables);
  return [
    `${place.isShared ? 'the image' : 'never copy environment files into the image, which'} is made by: npx evergrant schedule kubernetes --containerfile`,
    ...(place.isShared ? sharedSecrets : [`the settings: ${secret}`]),
    ...(place.isSealed === true ? keySecret : []),
    ...(withheld.length === 0 ? [] : [`${withheld.join(', ')} may hold a password: it belongs into that secret, too`]),
  ];
}

const secret = 'kubectl create secret generic evergrant --from-env-file=.env';

const sharedSecrets: readonly string[] = [
  `the settings, with EVERGRANT_STORE=postgres://… and, if need be, PGPASSWORD=… in them: ${secret}`,
  'a TLS root, if need be: kubectl create secret generic evergrant-database --from-file=ca.crt',
  'which EVERGRANT_STORE then names: …?sslmode=verify-full&sslrootcert=/etc/evergrant/ca.crt',
  'the tables, before the job: npx evergrant store migrate, on any machine',
];

const keySecret: readonly string[] = [
  'the key, in a Secret of its own: kubectl create secret generic evergrant-key --from-file=evergrant-key=/etc/evergrant.key',
];

/** What a pod does, and what it has beside what all have. The texts are fields of YAML, without indentation. */
export interface PodWork {
  /** A word that Kubernetes shall expand is a variable, as in `$(NAME)`; {@link literal} is for all others. */
  readonly command: readonly string[];
  /** Started anew whenever it ends; else never. */
  readonly isResident?: boolean;
  /** Fields of the container. */
  readonly container?: string;
  /** Items of lists: variables, mounts, volumes. */
  readonly variables?: string;
  readonly mounts?: string;
  readonly volumes?: string;
}

/** The fields of a pod that runs a command in the image, with the environments on their volume. */
export function podText(place: ImagePlace, environments: string, work: PodWork): string {
  const { image, variables, isSealed = false } = place;
  const { command, isResident = false, container = '' } = work;
  const volume = volumeOf(place);
  // A certificate of this machine is not in the image.
  const network = networkVariables(variables).given.filter(([name]) => !/CERT/.test(name));
  const key = isSealed ? [['EVERGRANT_KEY_FILE', `${keyFolder}/evergrant-key`]] : [];
  const set = [['EVERGRANT_ENVIRONMENTS', environments], ...key, ...network].map(([name, value]) =>
    variable(name, value),
  );
  return `restartPolicy: ${isResident ? 'Always' : 'Never'}
automountServiceAccountToken: false
# Time to save the answer that a stopped run waits for.
terminationGracePeriodSeconds: ${isResident ? 60 : 45}
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
    command: ${JSON.stringify(command)}
${indented(container, 4)}    # XERO_CLIENT_ID, XERO_CLIENT_SECRET and the like fill settings that are blank in the ${place.isShared ? 'database' : 'files'}. These
    # never change, so a Secret will do.
    envFrom:
      - secretRef:
          name: evergrant
          optional: true
    env:
${indented(set.join(''), 6)}${indented(place.isShared ? storeText : recoveryText, 6)}${indented(variable('XDG_STATE_HOME', `${environments}/.evergrant/state`), 6)}${indented(work.variables ?? '', 6)}    securityContext:
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
${indented(place.isShared ? rootMount : '', 6)}${indented(isSealed ? keyMount : '', 6)}${indented(work.mounts ?? '', 6)}      # The rest of the container is read-only.
      - name: tmp
        mountPath: /tmp
volumes:
  - name: ${volume}
    persistentVolumeClaim:
      claimName: evergrant-${volume}
${indented(place.isShared ? rootVolume : '', 2)}${indented(isSealed ? keyVolume : '', 2)}${indented(work.volumes ?? '', 2)}  - name: tmp
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

const keyFolder = '/etc/evergrant-key';

const keyMount = `- name: key
  mountPath: ${keyFolder}
  readOnly: true
`;

/** Without it the pod does not start. A folder, and no subPath: a new key is taken up while the pod runs. */
const keyVolume = `# The key of the sealed secrets; 288 is 0440 in decimal: for the user and group of the pod alone.
- name: key
  secret:
    secretName: evergrant-key
    defaultMode: 288
`;

function variable(name = '', value = ''): string {
  return `- name: ${name}\n  value: ${quoted(literal(value))}\n`;
}

/** A word as it is: Kubernetes reads $(NAME) as a variable, and $$ as the sign itself. */
export function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

export function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

/** A JSON string is also a YAML string. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
