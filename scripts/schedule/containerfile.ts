import type { Units } from './job';
import { systemDataFolder } from './systemd-hardening';

/**
 * An image of the packed program, for podman, docker and their kin: neither root nor anything for development in it, and
 * all of it may be mounted read-only but the environments, which are a volume. Nothing of the build folder but the packed
 * file gets into the image: environment files and `.env` are kept out by the ignore files.
 */
export function containerfileUnits(version: string): Units {
  return {
    files: [{ name: 'Containerfile', text: containerfile(version) }, ...ignoreFiles],
    install: [
      'in a checkout: npm ci && npm pack',
      'there, with what --write DIR has written beside the packed file:',
      `podman build -t evergrant:${version} .   (or docker build -f Containerfile -t evergrant:${version} .)`,
      `a try: podman run --rm --read-only --tmpfs /tmp -v evergrant:${systemDataFolder} evergrant:${version} status`,
    ],
  };
}

/** Everything but the packed file stays out of the build: podman reads the first, docker the second. */
const ignoreFiles = ['.containerignore', 'Containerfile.dockerignore'].map((name) => ({
  name,
  text: '*\n!evergrant-*.tgz\n',
}));

const modules = '/usr/local/lib/node_modules';

function containerfile(version: string): string {
  return `# evergrant ${version}: the packed program, for a user who is not root, in a container that may be read-only.
FROM node:24-slim AS package
COPY evergrant-${version}.tgz /tmp/evergrant.tgz
RUN npm install --global --omit=dev --no-audit --no-fund --cache /tmp/npm /tmp/evergrant.tgz
# The lock's addon comes for many systems, of which one is this.
RUN find ${modules}/evergrant -path '*/prebuilds/*' -type d ! -name 'linux-*' -prune -exec rm -r {} +

FROM node:24-slim
COPY --from=package ${modules}/evergrant ${modules}/evergrant
RUN ln -s ${modules}/evergrant/scripts/package/evergrant.js /usr/local/bin/evergrant
RUN install -d -m 0700 -o 1000 -g 1000 ${systemDataFolder}
ENV NODE_ENV=production EVERGRANT_ENVIRONMENTS=${systemDataFolder} XDG_STATE_HOME=${systemDataFolder}/.evergrant/state
# A number, because Kubernetes can't tell of a name that it is not root's.
USER 1000:1000
WORKDIR ${systemDataFolder}
VOLUME ${systemDataFolder}
ENTRYPOINT ["evergrant"]
CMD ["refresh", "--all"]
`;
}
