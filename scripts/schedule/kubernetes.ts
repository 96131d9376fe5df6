import { crontabTimes, formatInterval } from './interval';
import { longestRunMinutes, refreshArguments, type Job, type Units } from './job';
import { adviseMaintenance, maintenanceFiles } from './kubernetes-maintenance';
import {
  adviseSecrets,
  environmentsIn,
  indented,
  literal,
  podText,
  quoted,
  volumeOf,
  type ImagePlace,
} from './kubernetes-pod';
import { volumeText } from './kubernetes-volume';

/**
 * A CronJob (batch/v1), the volume of its environments or receipts, and if asked for a pod for people. All pass the Pod Security
 * Standard "restricted". The image is the one of `--containerfile`: its command is `evergrant`.
 * @throws Failure `invalid` for a folder that can't be a mount path
 */
export function kubernetesUnits(place: ImagePlace, job: Job): Units {
  const environments = environmentsIn(place);
  const documents = [volumeText(volumeOf(place), 'job'), jobText(place, environments, job)];
  const install = [
    ...adviseSecrets(place),
    'the job: kubectl apply -f evergrant.yaml',
    ...(place.isShared ? [] : ['the environment files go onto the volume, owned by user 1000: kubectl cp']),
    ...adviseMaintenance(place),
  ];
  return {
    files: [{ name: 'evergrant.yaml', text: documents.join('---\n') }, ...maintenanceFiles(place, environments)],
    install,
  };
}

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
${indented(podText(place, environments, { command: command.map(literal) }), 10)}`;
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
