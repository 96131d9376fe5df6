import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kubernetesUnits } from '../../scripts/schedule/kubernetes';
import { faultsOf, manifestOf, serverDocuments, sidecars } from './kubernetes-manifest';
import { hostileName, jobOf, unspeakable } from './places';

describe('the CronJob', () => {
  test('is of the types that Kubernetes publishes, and a field that they do not know is noticed', () => {
    const { volume, job, maintenance } = manifestOf();
    const shared = manifestOf(undefined, true);
    const sealed = manifestOf(undefined, false, true);
    const all = [
      volume,
      job,
      maintenance,
      shared.volume,
      shared.job,
      shared.maintenance,
      sealed.job,
      sealed.maintenance,
    ];
    expect(faultsOf([...all, ...serverDocuments(), ...sidecars()])).toEqual([]);
    const spoilt = faultsOf([volume, { ...job, sepc: {} }, { ...maintenance, spec: { containers: 1 } }]);
    expect(spoilt).toEqual([expect.stringContaining('"sepc"'), expect.stringContaining("'number'")]);
  }, 300_000); // the compiler starts twice

  test('runs once at a time, ends, and passes the Pod Security Standard "restricted"', () => {
    const { job, pod, container } = manifestOf();
    expect([job.kind, job.spec?.schedule, job.spec?.concurrencyPolicy]).toEqual(['CronJob', '*/10 * * * *', 'Forbid']);
    expect(job.spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(1800);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('has a pod for people, under the same limits and over the same volume, which ends by itself', () => {
    const { pod, maintenance } = manifestOf();
    const { spec } = maintenance;
    expect(spec?.activeDeadlineSeconds).toBe(3600);
    expect(spec?.containers[0]).toEqual({ ...pod.containers[0], command: ['sleep', 'infinity'] });
    expect(spec).toMatchObject({ securityContext: pod.securityContext, volumes: pod.volumes, restartPolicy: 'Never' });
  });

  test('may write the environments and /tmp alone', () => {
    const { pod, container } = manifestOf();
    expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/var/lib/evergrant', '/tmp']);
    expect(pod.volumes?.map(({ name, emptyDir }) => [name, emptyDir])).toEqual([
      ['environments', undefined],
      ['tmp', {}],
    ]);
  });

  test('is given proxies, and neither passwords nor files of this machine', () => {
    const variables = {
      HTTPS_PROXY: 'http://proxy:1',
      HTTP_PROXY: 'http://a:CANARY@b',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
    };
    const place = { image: 'x', environments: undefined, isShared: false, isMaintained: false, variables };
    const { files, install } = kubernetesUnits(place, jobOf('10m'));
    expect(files[0]?.text).toContain('- name: HTTPS_PROXY\n                  value: "http://proxy:1"\n');
    expect(files[0]?.text).not.toContain('/ca.pem');
    expect(install.join('\n')).toContain('HTTP_PROXY may hold a password');
    expect(JSON.stringify([files, install])).not.toContain('CANARY');
  });

  test.each([
    [undefined, '/var/lib/evergrant'],
    ['./connections/', '/var/lib/evergrant/connections'],
    ['/data', '/data'],
  ])('mounts %s at %s', (folder, mounted) => {
    const { container } = manifestOf(folder);
    expect(container.volumeMounts?.[0]?.mountPath).toBe(mounted);
    expect(container.command).toEqual(['evergrant', '--environments', mounted, 'refresh', '--all']);
  });

  test('quotes the folder, whatever it is called', () => {
    const name = hostileName.map((text) => text.replaceAll(':', ''));
    fc.assert(
      fc.property(name, (folder) => {
        const { container } = manifestOf(`/${folder}`);
        expect(container.volumeMounts?.[0]?.mountPath).toBe(`/${folder}`);
        expect(container.command?.[2]?.split('$$').join('$')).toBe(`/${folder}`);
        expect(container.command?.[2]?.split('$$').join('')).not.toContain('$');
      }),
    );
  });

  test.each([...unspeakable, '/a:b', '/', '/usr/local', '/tmp'])('is refused for a folder like %j', (environments) => {
    expect(() =>
      kubernetesUnits({ image: 'x', environments, isShared: false, isMaintained: false, variables: {} }, jobOf('10m')),
    ).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad_path' }));
  });
});

describe('the CronJob over sealed secrets', () => {
  const { pod, container, maintenance } = manifestOf(undefined, false, true);

  test('has the key from a Secret, for its group alone, and does not start without it', () => {
    const secret = pod.volumes?.find(({ name }) => name === 'key')?.secret;
    expect(secret).toEqual({ secretName: 'evergrant-key', defaultMode: 0o440 });
    const mount = { name: 'key', mountPath: '/etc/evergrant-key', readOnly: true };
    expect(container.volumeMounts).toContainEqual(mount); // the folder: of a subPath no change would be seen
    const file = container.env?.find(({ name }) => name === 'EVERGRANT_KEY_FILE')?.value;
    expect(file).toBe('/etc/evergrant-key/evergrant-key');
  });

  test('has a pod for people with the same', () => {
    expect(maintenance.spec?.containers[0]).toEqual({ ...container, command: ['sleep', 'infinity'] });
    expect(maintenance.spec?.volumes).toEqual(pod.volumes);
  });

  test('says how the Secret is made, and no other job names it', () => {
    const place = { image: 'x', environments: undefined, isShared: true, isMaintained: false, variables: {} };
    const said = (isSealed: boolean): string => JSON.stringify(kubernetesUnits({ ...place, isSealed }, jobOf('10m')));
    expect(said(true)).toContain('kubectl create secret generic evergrant-key --from-file=evergrant-key=');
    expect(said(false)).not.toContain('evergrant-key');
  });
});

describe('the CronJob over a database', () => {
  const { volume, job, pod, container, maintenance } = manifestOf(undefined, true);

  test('may overlap with itself, on any node, because its volume is for many', () => {
    expect(job.spec?.concurrencyPolicy).toBe('Allow');
    expect([volume.metadata?.name, volume.spec?.accessModes]).toEqual(['evergrant-receipts', ['ReadWriteMany']]);
  });

  test('keeps receipts on that volume, and no environments', () => {
    const state = container.env?.find(({ name }) => name === 'XDG_STATE_HOME')?.value ?? '';
    const [mount] = container.volumeMounts ?? [];
    expect(mount).toEqual({ name: 'receipts', mountPath: '/var/lib/evergrant' });
    expect(state).toMatch(/^\/var\/lib\/evergrant\//);
    expect(pod.volumes).toEqual([
      { name: 'receipts', persistentVolumeClaim: { claimName: 'evergrant-receipts' } },
      { name: 'database', secret: { secretName: 'evergrant-database', optional: true } },
      { name: 'tmp', emptyDir: {} },
    ]);
  });

  test('takes the database from a Secret, and does not start without it', () => {
    const store = container.env?.find(({ name }) => name === 'EVERGRANT_STORE');
    expect(store).toEqual({
      name: 'EVERGRANT_STORE',
      valueFrom: { secretKeyRef: { name: 'evergrant', key: 'EVERGRANT_STORE' } },
    });
  });

  test('has a pod for people with the same', () => {
    expect(maintenance.spec?.containers[0]).toEqual({ ...container, command: ['sleep', 'infinity'] });
    expect(maintenance.spec?.volumes).toEqual(pod.volumes);
  });

  test('passes the Pod Security Standard "restricted", as over files', () => {
    const files = manifestOf();
    expect(pod.securityContext).toEqual(files.pod.securityContext);
    expect(container.securityContext).toEqual(files.container.securityContext);
  });
});
