import { adviseFolder, adviseSharedHost, checkPaths, type Installation, type Units } from './job';
import { formatWithheld } from './network-variables';
import { adviseClients, adviseJob, serveArguments, usualPort, type Serving } from './serving';
import { adviseOwner, assertSettings, checkNode, processLines } from './systemd';
import { sandboxLines } from './systemd-hardening';
import { adviseKey } from './systemd-key';
import { word } from './systemd-quote';

const socket = '/run/evergrant/socket';

/**
 * A service and its sockets, see systemd.socket(5). systemd listens, so that nobody is refused while the service starts, ends
 * or is updated; therefore it need not tell when it is ready.
 * @throws Failure `invalid` for paths that a unit can't carry
 */
export function systemdServeUnits(place: Installation, serving: Serving): Units {
  const { node, program, code, project, environments, isShared } = place;
  checkPaths([node, program, code, project, environments, place.key?.file ?? '']);
  checkNode(node);
  const group = serving.group ?? serving.user;
  const install = [
    ...(isShared ? adviseSharedHost(place, serving) : adviseOwner(place, serving)),
    ...adviseFolder(place),
    ...formatWithheld(
      place.network,
      'write it into /etc/evergrant.env, for root alone, and name that in the service: EnvironmentFile=/etc/evergrant.env',
    ),
    ...adviseKey(place, serving.user),
    ...adviseJob(serving, 'systemd'),
    'the units, written by --write DIR: sudo cp DIR/evergrant-serve.service DIR/evergrant-serve.socket /etc/systemd/system/',
    'on: sudo systemctl daemon-reload && sudo systemctl enable --now evergrant-serve.socket evergrant-serve.service',
    `programs of the group ${group} use ${socket}; others, over HTTP, are clients`,
    adviseClients,
    ...(serving.hasCallback ? ['the callback page is at port 8080, for a reverse proxy on this machine'] : []),
    'what it said: journalctl -u evergrant-serve',
  ];
  return {
    files: [
      { name: 'evergrant-serve.service', text: serviceText(place, serving) },
      { name: 'evergrant-serve.socket', text: socketText(serving.user, group) },
    ],
    install,
  };
}

function serviceText(place: Installation, serving: Serving): string {
  const words = [place.program, ...serveArguments(place.environments, [], serving)].map(word);
  return [
    '# /etc/systemd/system/evergrant-serve.service',
    '[Unit]',
    'Description=evergrant: hands out access tokens for Xero',
    '# What a token is good for is read from the clock.',
    'Wants=network-online.target time-sync.target',
    'Requires=evergrant-serve.socket',
    'After=network-online.target time-sync.target evergrant-serve.socket',
    ...(place.isShared ? assertSettings(place) : []),
    '',
    '[Service]',
    'Type=exec',
    ...processLines(place, serving.user),
    '# Where it listens is in evergrant-serve.socket. The colon: a dollar sign in a path is no variable.',
    `ExecStart=:${[word(place.node), ...words].join(' ')}`,
    '# Started again after whatever ended it, such as a database that was away, but not where its settings make no sense (2).',
    'Restart=on-failure',
    'RestartSec=5s',
    'RestartPreventExitStatus=2',
    '# Answers in progress are given, and what was paid for is saved.',
    'TimeoutStopSec=60s',
    '',
    ...sandboxLines(place),
    '',
    '[Install]',
    '# Not by the first who asks: that one would wait for Node.js.',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

function socketText(user: string, group: string): string {
  return [
    '# /etc/systemd/system/evergrant-serve.socket',
    '[Unit]',
    'Description=evergrant: where programs ask for access tokens',
    '',
    '[Socket]',
    '# Whoever may connect here has all tokens: that user and one group.',
    `ListenStream=${socket}`,
    `SocketUser=${user}`,
    `SocketGroup=${group}`,
    'SocketMode=0660',
    '# HTTP on this machine, both ways to say localhost. Here a client gives its id and secret.',
    `ListenStream=127.0.0.1:${usualPort}`,
    `ListenStream=[::1]:${usualPort}`,
    '# The second may be there without IPv6.',
    'FreeBind=yes',
    'NoDelay=yes',
    '',
    '[Install]',
    'WantedBy=sockets.target',
    '',
  ].join('\n');
}
