import { describe, expect, test } from 'vitest';
import { containerfileUnits } from '../../scripts/schedule/containerfile';

const { files, install } = containerfileUnits('1.2.3');
const [text = '', ...ignore] = files.map((file) => file.text);
const stages = text.split(/^FROM .+$/m).slice(1);
/** The last line of a kind, which is the one that counts. */
const lastOf = (kind: string): string | undefined =>
  text
    .split('\n')
    .findLast((line) => line.startsWith(`${kind} `))
    ?.slice(kind.length + 1);

describe('the recipe of the image', () => {
  test('runs as a user who is not root, by number, in the folder of the environments', () => {
    expect(['USER', 'WORKDIR', 'VOLUME'].map(lastOf)).toEqual([
      '1000:1000',
      '/var/lib/evergrant',
      '/var/lib/evergrant',
    ]);
    expect(lastOf('ENTRYPOINT')).toBe('["evergrant"]');
    expect(lastOf('CMD')).toBe('["refresh", "--all"]');
    expect(text.indexOf('USER 1000')).toBeGreaterThan(text.lastIndexOf('RUN '));
  });

  test('takes the packed file of its version, and no other file of the folder', () => {
    expect(text.match(/^COPY (?!--from).*$/gm)).toEqual(['COPY evergrant-1.2.3.tgz /tmp/evergrant.tgz']);
    expect(files.slice(1).map(({ name }) => name)).toEqual(['.containerignore', 'Containerfile.dockerignore']);
    expect(ignore).toEqual(Array(2).fill('*\n!evergrant-*.tgz\n'));
  });

  test('leaves npm’s cache and packages for development behind, in a stage of their own', () => {
    expect(stages).toHaveLength(2);
    expect(stages[0]).toMatch(/npm install --global --omit=dev .*--cache \/tmp\/npm /);
    expect(stages[1]).not.toMatch(/npm install|\/tmp/);
  });

  test('puts nothing where the volume hides it', () => {
    expect(text.match(/^(?:COPY|RUN ln).*\/var\/lib\/evergrant/gm)).toBe(null);
  });

  test('says how it is built, and tried read-only', () => {
    expect(install.join('\n')).toMatch(/podman build .*docker build[^]*--read-only --tmpfs \/tmp/);
  });
});
