import { indented, podText, type ImagePlace } from './kubernetes-pod';
import type { Units } from './job';

/** A pod for people, where one is wanted: its file. An hour is enough for a person; then the pod ends by itself. */
export function maintenanceFiles(place: ImagePlace, environments: string): Units['files'] {
  if (!place.isMaintained) return [];
  return [{ name: 'evergrant-maintenance.yaml', text: maintenanceText(place, environments) }];
}

/** What people do in it, or how they get one. */
export function adviseMaintenance({ isMaintained }: ImagePlace): readonly string[] {
  return isMaintained ? maintenanceNotes : ['for consent, status and adopt: a pod for people, by --maintenance'];
}

const maintenanceNotes: readonly string[] = [
  'the pod for people, for an hour: kubectl apply -f evergrant-maintenance.yaml',
  'in it: kubectl exec -it evergrant-maintenance -- evergrant consent acme (or status, exchange acme, adopt acme -)',
  'afterwards: kubectl delete pod evergrant-maintenance',
];

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
${indented(podText(place, environments, { command: ['sleep', 'infinity'] }), 2)}`;
}
