import { invalid } from '../errors';
import type { Units } from './job';
import { adviseMaintenance, maintenanceFiles } from './kubernetes-maintenance';
import { adviseSecrets, environmentsIn, indented, literal, podText, volumeOf, type ImagePlace } from './kubernetes-pod';
import { volumeText } from './kubernetes-volume';
import { adviseClients, adviseJob, serveArguments, type Serving } from './serving';

/** Where containers listen, as a user who is not root may. */
const [tokenPort, callbackPort] = [8443, 8444];
const certificates = '/etc/evergrant-tls';

/**
 * A Deployment (apps/v1), its Service (v1), its PodDisruptionBudget (policy/v1) and the volume of its environments or
 * receipts. The pods pass the Pod Security Standard "restricted", and speak TLS: what they hand out crosses the network.
 * @throws Failure `invalid` for a folder that can't be a mount path, and for several pods over files
 */
export function kubernetesServeUnits(place: ImagePlace, serving: Serving): Units {
  const environments = environmentsIn(place);
  if (serving.replicas > 1 && !place.isShared) throw filesForMany();
  const documents = [
    volumeText(volumeOf(place), 'server'),
    deploymentText(place, environments, serving),
    serviceText(serving),
    budgetText,
  ];
  const install = [
    ...adviseSecrets(place),
    ...tlsSteps,
    ...adviseJob(serving, 'kubernetes'),
    'the server: kubectl apply -f evergrant-serve.yaml',
    ...(place.isShared ? [] : ['the environment files go onto the volume, owned by user 1000: kubectl cp']),
    ...(serving.hasCallback ? callbackSteps : []),
    ...adviseMaintenance(place),
    `${adviseClients} (in that pod: evergrant client add …)`,
    'pods ask https://evergrant, or https://evergrant.NAMESPACE.svc from another namespace',
  ];
  const files = [{ name: 'evergrant-serve.yaml', text: documents.join('---\n') }];
  return { files: [...files, ...maintenanceFiles(place, environments)], install };
}

const tlsSteps: readonly string[] = [
  'its certificate, for evergrant and evergrant.NAMESPACE.svc: kubectl create secret tls evergrant-tls --cert=tls.crt --key=tls.key',
  '(or by cert-manager, with that secretName: a renewed one is taken up by itself)',
];

const callbackSteps: readonly string[] = [
  `the callback page: an Ingress to port ${callbackPort} of the Service, which speaks HTTPS (nginx: backend-protocol: HTTPS)`,
];

function filesForMany(): Error {
  const hint = 'move them into one, by npx evergrant store import DIR, or leave --replicas out';
  return invalid('files_for_many', 'environments in files are for one pod, so --replicas needs a database', hint);
}

function deploymentText(place: ImagePlace, environments: string, serving: Serving): string {
  const pod = podText(place, environments, {
    command: ['evergrant', ...serveArguments(environments, doorsOf(serving), serving)].map((word) =>
      word.startsWith('evergrant.$(') ? word : literal(word),
    ),
    isResident: true,
    container: `${portsText(serving)}${probesText}`,
    variables: namespaceText,
    mounts: `- name: tls\n  mountPath: ${certificates}\n  readOnly: true\n`,
    volumes: `- name: tls\n  secret:\n    secretName: evergrant-tls\n`,
  });
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: evergrant
  labels:
    app.kubernetes.io/name: evergrant
spec:
  replicas: ${serving.replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: evergrant
${indented(strategyText(place), 2)}  template:
    metadata:
      labels:
        app.kubernetes.io/name: evergrant
    spec:
      # On different nodes where there are some.
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: evergrant
${indented(pod, 6)}`;
}

function strategyText({ isShared }: ImagePlace): string {
  if (isShared) {
    return `# A new pod is ready before an old one ends.
strategy:
  rollingUpdate:
    maxUnavailable: 0
    maxSurge: 1
`;
  }
  return `# The volume is one node's: the old pod ends before the new one starts.
strategy:
  type: Recreate
`;
}

/** The names by which the Service is called: a request for another host is refused. */
const hosts = ['evergrant', ...['', '.svc', '.svc.cluster.local'].map((end) => `evergrant.$(POD_NAMESPACE)${end}`)];

function doorsOf({ hasCallback }: Serving): string[] {
  const tls = ['--tls-cert', `${certificates}/tls.crt`, '--tls-key', `${certificates}/tls.key`];
  const callback = ['--callback-address', '0.0.0.0', '--callback-port', String(callbackPort)];
  return [
    ...['--listen', `0.0.0.0:${tokenPort}`, ...tls],
    ...hosts.flatMap((host) => ['--host', host]),
    ...(hasCallback ? callback : []),
  ];
}

const namespaceText = `- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
`;

function portsText({ hasCallback }: Serving): string {
  const callback = `  - name: callback\n    containerPort: ${callbackPort}\n`;
  return `ports:\n  - name: https\n    containerPort: ${tokenPort}\n${hasCallback ? callback : ''}`;
}

/** Ready: the store can be read, and the loop of --refresh is at work. Live: the process answers. */
const probesText = `readinessProbe:
  httpGet:
    path: /health/ready
    port: https
    scheme: HTTPS
  periodSeconds: 5
  timeoutSeconds: 5
livenessProbe:
  httpGet:
    path: /health/live
    port: https
    scheme: HTTPS
  initialDelaySeconds: 10
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
lifecycle:
  # Until nobody is sent here any more.
  preStop:
    exec:
      command: [sleep, "5"]
`;

function serviceText({ hasCallback }: Serving): string {
  const callback = `    - name: callback
      port: ${callbackPort}
      targetPort: callback
`;
  return `apiVersion: v1
kind: Service
metadata:
  name: evergrant
spec:
  selector:
    app.kubernetes.io/name: evergrant
  ports:
    - name: https
      port: 443
      targetPort: https
${hasCallback ? callback : ''}`;
}

const budgetText = `# Where nodes are emptied, one pod at a time.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: evergrant
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: evergrant
`;
