import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kubernetesUnits } from '../../scripts/schedule/kubernetes';
import { faultsOf, manifestOf } from './kubernetes-manifest';
import { hostileName, jobOf, unspeakable } from './places';

describe('the CronJob', () => {
  test('is of the types that Kubernetes publishes, and a field that they do not know is noticed', () => {
    const { volume, job } = manifestOf('environments');
    expect(faultsOf(volume, job)).toEqual([]);
    expect(faultsOf(volume, { ...job, sepc: {} })).toEqual([expect.stringContaining('"sepc"')]);
  }, 300_000); // the compiler starts twice

  test('runs once at a time, ends, and passes the Pod Security Standard "restricted"', () => {
    const { job, pod, container } = manifestOf('environments');
    expect([job.kind, job.spec?.schedule, job.spec?.concurrencyPolicy]).toEqual(['CronJob', '*/10 * * * *', 'Forbid']);
    expect(job.spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(1800);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test.each([
    ['environments', '/app/environments'],
    ['./connections/', '/app/connections'],
    ['/data', '/data'],
  ])('mounts %s at %s', (folder, mounted) => {
    const { container } = manifestOf(folder);
    expect(container.volumeMounts?.[0]?.mountPath).toBe(mounted);
    expect(container.command).toEqual(['node', '/app/dist/cli.js', '--environments', mounted, 'refresh', '--all']);
  });

  test('quotes the folder, whatever it is called', () => {
    const name = hostileName.map((text) => text.replaceAll(':', ''));
    fc.assert(
      fc.property(name, (folder) => {
        const { container } = manifestOf(`/${folder}`);
        expect(container.volumeMounts?.[0]?.mountPath).toBe(`/${folder}`);
        expect(container.command?.[3]?.split('$$').join('$')).toBe(`/${folder}`);
        expect(container.command?.[3]?.split('$$').join('')).not.toContain('$');
      }),
    );
  });

  test.each([...unspeakable, '/a:b', '/', '.', '..'])('is refused for a folder like %j', (environments) => {
    expect(() => kubernetesUnits({ image: 'x', environments }, jobOf('10m'))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_path' }),
    );
  });
});
