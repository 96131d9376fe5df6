import { badPath, type Installation } from './job';
import { word } from './systemd-quote';

/**
 * The limits of the service, see systemd.exec(5): it may read the system, write the environments and its state folder,
 * and use the network. `systemd-analyze security` judges it.
 */
export function sandboxLines(place: Installation): string[] {
  return [
    ...writableLines(place),
    'StateDirectory=evergrant',
    'StateDirectoryMode=0700',
    ...stateLines(place),
    'UMask=0077',
    '# Homes and temporary files are out of sight, but for what is bound here.',
    'ProtectHome=tmpfs',
    'PrivateTmp=yes',
    ...bindLines(place),
    '',
    ...limits,
  ];
}

/** The folder of the environments that systemd makes by itself, for the user of the service: `StateDirectory=evergrant`. */
export const systemDataFolder = '/var/lib/evergrant';

function stateLines({ environments, isShared }: Installation): string[] {
  if (!isShared) return ['Environment=XDG_STATE_HOME=%S'];
  return [
    '# Receipts, where commands by hand look for them, too: a disk of this host, which no other one shares.',
    environments === systemDataFolder
      ? 'Environment=XDG_STATE_HOME=%S/evergrant/.local/state'
      : `Environment=${word(`XDG_STATE_HOME=${environments}/.local/state`)}`,
  ];
}

function writableLines({ environments, isShared }: Installation): string[] {
  const kept = isShared ? 'receipts of new tokens' : 'environments';
  if (environments === systemDataFolder) {
    return [
      `# The whole system is read-only, but for /var/lib/evergrant, which has the ${kept}: systemd gives it to that user.`,
      'ProtectSystem=strict',
    ];
  }
  if (isShared)
    return [
      `# The whole system is read-only, but for the ${kept}.`,
      'ProtectSystem=strict',
      `ReadWritePaths=${word(environments)}`,
    ];
  return [
    '# The whole system is read-only, but for the environments …',
    'ProtectSystem=strict',
    `ReadWritePaths=${word(environments)}`,
    '# … and /var/lib/evergrant, where new tokens go if the environments cannot take them.',
  ];
}

const limits: readonly string[] = [
  '# Hooks run in here, too. They may use the network, but no program that changes its user, as sendmail does.',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'PrivateDevices=yes',
  'PrivateIPC=yes',
  'PrivateUsers=yes',
  'ProtectProc=invisible',
  'ProcSubset=pid',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'RemoveIPC=yes',
  'KeyringMode=private',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  '# The local sockets are for looking up names, by systemd-resolved or nscd.',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallErrorNumber=EPERM',
  '# Not MemoryDenyWriteExecute: Node.js compiles JavaScript to machine code as it runs, and would crash.',
  'MemoryMax=512M',
  'MemorySwapMax=0',
  '# Threads count: four hooks that call npx have nearly a hundred.',
  'TasksMax=256',
];

/** The folders that ProtectHome= and PrivateTmp= hide. */
const hidden = /^\/(?:home|root|run\/user|tmp|var\/tmp)(?:\/|$)/;

function bindLines({ node, code, project, environments, network, key }: Installation): string[] {
  const certificates = network.given.filter(([name, value]) => /CERT/.test(name) && value.startsWith('/'));
  const keyFiles = key?.credential === 'none' ? [key.file] : []; // systemd itself reads the others
  const needed = [node, code, project, ...certificates.map(([, value]) => value), ...keyFiles].filter(
    (path) => path !== environments,
  );
  const readable = [...new Set(needed)].filter((path) => hidden.test(path));
  const writable = [environments].filter((path) => hidden.test(path));
  if ([...readable, ...writable].some((path) => path.includes(':'))) {
    throw badPath('in a home or a temporary folder has a colon');
  }
  return [
    ...(readable.length > 0 ? [`BindReadOnlyPaths=${readable.map(word).join(' ')}`] : []),
    ...writable.map((path) => `BindPaths=${word(path)}`),
  ];
}
