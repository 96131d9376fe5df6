import path from 'node:path';
import { crontabTimes, formatInterval } from './interval';
import { badPath, checkPaths, longestRunMinutes, refreshArguments, type Job, type Units } from './job';

/** The image, and the place of the environments. */
export interface ImagePlace {
  readonly image: string;
  /** The folder as typed: absolute in the container, or inside the project. */
  readonly environments: string;
}

/** The project's folder in the image. */
const project = '/app';

/**
 * A CronJob (batch/v1) and the volume of its environments. Both pass the Pod Security Standard "restricted".
 * @throws Failure `invalid` for a folder that can't be a mount path
 */
export function kubernetesUnits({ image, environments: folder }: ImagePlace, job: Job): Units {
  const environments = path.posix.resolve(project, folder);
  checkPaths([environments]);
  if (environments.includes(':')) throw badPath('has a colon, which Kubernetes mounts nowhere');
  if (environments === project || environments === '/') throw badPath('would hide the program under the volume');
  const install = [
    'the project, after npm ci, is expected at /app in the image; never copy environment files into it',
    'the settings: kubectl create secret generic evergrant --from-env-file=.env',
    'the job: kubectl apply -f evergrant.yaml',
    'the environment files go onto the volume, owned by user 1000: kubectl cp',
  ];
  return { files: [{ name: 'evergrant.yaml', text: `${volume}---\n${jobText(image, environments, job)}` }], install };
}

const volume = `# The environments. They cannot live in a Secret: every refresh replaces the token in the file, and a pod
# cannot write back to a Secret that it has mounted.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: evergrant-environments
spec:
  # A disk of one node: file locks and fsync hold there. Not every network file system keeps them.
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
`;

function jobText(image: string, environments: string, job: Job): string {
  // Kubernetes reads $(NAME) as a variable, and $$ as the sign itself.
  const given = refreshArguments(environments, job).map((word) => word.replaceAll('$', '$$$$'));
  const command = ['node', `${project}/dist/cli.js`, ...given];
  return `apiVersion: batch/v1
kind: CronJob
metadata:
  name: evergrant
spec:
  # Each ${formatInterval(job.interval)}.
  schedule: ${quoted(crontabTimes(job.interval))}
  # A run that still works is left alone: no second one starts.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 300
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
          restartPolicy: Never
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
              workingDir: ${quoted(project)}
              command: ${JSON.stringify(command)}
              # XERO_CLIENT_ID, XERO_CLIENT_SECRET and the like fill settings that are blank in the files. These
              # never change, so a Secret will do.
              envFrom:
                - secretRef:
                    name: evergrant
                    optional: true
              env:
                # New tokens that a file cannot take must outlive the pod: on the volume, too.
                - name: XDG_STATE_HOME
                  value: ${quoted(`${environments}/.evergrant/state`.replaceAll('$', '$$$$'))}
              securityContext:
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
                - name: environments
                  mountPath: ${quoted(environments)}
          volumes:
            - name: environments
              persistentVolumeClaim:
                claimName: evergrant-environments
`;
}

/** A JSON string is also a YAML string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
