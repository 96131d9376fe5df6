/** Environments that are files, or what each machine keeps for itself where they are in a database. */
export type VolumeName = 'environments' | 'receipts';

/** The claim (v1) of the volume that pods have: those of a job, or of a server. */
export function volumeText(name: VolumeName, whose: keyof typeof alone): string {
  const { why, modes, accessMode } = volumes[name];
  return `${why}apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: evergrant-${name}
spec:
${modes.replace('ALONE', alone[whose])}  accessModes: [${accessMode}]
  resources:
    requests:
      storage: 1Gi
`;
}

/** How only one pod runs at a time. */
const alone = { job: 'concurrencyPolicy: Forbid', server: 'replicas: 1 and type: Recreate' };

interface Volume {
  readonly why: string;
  readonly modes: string;
  readonly accessMode: string;
}

const volumes: Readonly<Record<VolumeName, Volume>> = {
  environments: {
    why: `# The environments. They cannot live in a Secret: every refresh replaces the token in the file, and a pod
# cannot write back to a Secret that it has mounted.
`,
    modes: '  # A disk of one node: file locks and fsync hold there. Not every network file system keeps them.\n',
    accessMode: 'ReadWriteOnce',
  },
  receipts: {
    why: `# Receipts: each new token set, until the database has kept it for a day. They bring back what it has lost by a failover or
# a restored backup, so they must outlive the pod: an emptyDir, or a volume made for one pod alone, would not do.
`,
    modes: `  # Pods overlap, on any node, and a ReadWriteOnce volume is one node's: a second pod elsewhere would wait for it in vain.
  # Receipts need no lock, only fsync and rename, so a network file system will do. User 1000 must be able to write in it:
  # not every driver obeys fsGroup on such a volume. Where that user can't, a run ends with 4 and has spent nothing.
  # Where there is no storage class for ReadWriteMany: write ReadWriteOnce here and ALONE below; further
  # workers are copies of this file under other names, each with a volume of its own.
`,
    accessMode: 'ReadWriteMany',
  },
};
