import { describe, expect, test } from 'vitest';
import { kubernetesServeUnits } from '../../scripts/schedule/kubernetes-serve';
import { manifestOf, serverManifestOf } from './kubernetes-manifest';
import { servingOf, unspeakable } from './places';

const place = { image: 'x', environments: undefined, isShared: true, isMaintained: false, variables: {} };

describe('the Deployment', () => {
  test('has as many pods as were asked for, of which one at a time may be taken away', () => {
    const { deployment, budget } = serverManifestOf({ replicas: 3 });
    expect(deployment.spec).toMatchObject({ replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
    expect(budget.spec).toMatchObject({ maxUnavailable: 1, selector: deployment.spec?.selector });
    expect(deployment.spec?.template.metadata?.labels).toEqual(deployment.spec?.selector.matchLabels);
  });

  test('speaks TLS by a certificate of its own, under the names of its Service alone', () => {
    const { container, pod, service } = serverManifestOf();
    const words = container.command ?? [];
    const after = (flag: string): string[] => words.filter((_, at) => words[at - 1] === flag);
    expect(after('--listen')).toEqual(['0.0.0.0:8443']);
    expect(after('--tls-cert')).toEqual([
      `${container.volumeMounts?.find(({ name }) => name === 'tls')?.mountPath}/tls.crt`,
    ]);
    expect(after('--host')).toEqual(
      ['', '.$(POD_NAMESPACE)', '.$(POD_NAMESPACE).svc', '.$(POD_NAMESPACE).svc.cluster.local'].map(
        (end) => `${service.metadata?.name}${end}`,
      ),
    );
    expect(container.env?.find(({ name }) => name === 'POD_NAMESPACE')?.valueFrom?.fieldRef?.fieldPath).toBe(
      'metadata.namespace',
    );
    expect(pod.volumes).toContainEqual({ name: 'tls', secret: { secretName: 'evergrant-tls' } });
  });

  test('is asked by HTTPS whether it is ready and alive, at the port to which its Service leads', () => {
    const { container, service, deployment } = serverManifestOf();
    const probe = { port: 'https', scheme: 'HTTPS' };
    expect(container.readinessProbe?.httpGet).toEqual({ ...probe, path: '/health/ready' });
    expect(container.livenessProbe?.httpGet).toEqual({ ...probe, path: '/health/live' });
    expect(container.ports).toEqual([{ name: 'https', containerPort: 8443 }]);
    expect(service.spec).toEqual({
      selector: deployment.spec?.selector.matchLabels,
      ports: [{ name: 'https', port: 443, targetPort: 'https' }],
    });
  });

  test('refreshes, and serves the callback page, where that was asked for', () => {
    expect(serverManifestOf().container.command).not.toContain('--refresh');
    const { container, service } = serverManifestOf({ isRefreshing: true, hasCallback: true });
    expect(container.command?.slice(-6)).toEqual([
      '--callback-address',
      '0.0.0.0',
      '--callback-port',
      '8444',
      '--refresh',
      '--callback',
    ]);
    expect(container.ports).toContainEqual({ name: 'callback', containerPort: 8444 });
    expect(service.spec?.ports).toContainEqual({ name: 'callback', port: 8444, targetPort: 'callback' });
  });

  test('has the limits, the database and the receipts of the job', () => {
    const [server, job] = [serverManifestOf(), manifestOf(undefined, true)];
    expect(server.pod).toMatchObject({ securityContext: job.pod.securityContext, restartPolicy: 'Always' });
    expect(server.container.securityContext).toEqual(job.container.securityContext);
    expect(server.container.env).toEqual(expect.arrayContaining(job.container.env ?? []));
    expect(server.volume.spec).toEqual(job.volume.spec);
    expect(server.pod.volumes).toEqual(expect.arrayContaining(job.pod.volumes ?? []));
  });

  test('has the key of sealed secrets as the job has it', () => {
    const [server, job] = [serverManifestOf({}, true, true), manifestOf(undefined, true, true)];
    expect(server.container.env).toEqual(expect.arrayContaining(job.container.env ?? []));
    expect(server.container.volumeMounts).toEqual(expect.arrayContaining(job.container.volumeMounts ?? []));
    expect(server.pod.volumes).toEqual(expect.arrayContaining(job.pod.volumes ?? []));
  });

  test('over files is one pod, which ends before the next one starts', () => {
    const { deployment, volume } = serverManifestOf({}, false);
    expect([deployment.spec?.replicas, deployment.spec?.strategy]).toEqual([1, { type: 'Recreate' }]);
    expect(volume.spec?.accessModes).toEqual(['ReadWriteOnce']);
    expect(() => kubernetesServeUnits({ ...place, isShared: false }, servingOf({ replicas: 2 }))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'files_for_many' }),
    );
  });

  test('may have a pod for people beside it, and says how a certificate gets there', () => {
    const { files, install } = kubernetesServeUnits({ ...place, isMaintained: true }, servingOf({ replicas: 2 }));
    expect(files.map(({ name }) => name)).toEqual(['evergrant-serve.yaml', 'evergrant-maintenance.yaml']);
    expect(install.join('\n')).toContain('kubectl create secret tls evergrant-tls');
  });

  test.each([...unspeakable, '/a:b', '/tmp'])('is refused for a folder like %j', (environments) => {
    expect(() => kubernetesServeUnits({ ...place, environments }, servingOf())).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_path' }),
    );
  });
});
