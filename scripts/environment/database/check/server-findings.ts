import { formatDuration } from '../../../text/duration';
import type { ServerFacts } from './facts';
import type { StoreFinding, Way } from './finding';

const oldestVersion = 130_000;
const largestClockMs = 60_000;

/** Judges a server's settings. */
export function ofServer({
  settings,
  version,
  isReplica,
  aheadMs,
  replicas,
  user,
  quotedUser,
  isSuperuser,
}: ServerFacts): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    version < oldestVersion && {
      code: 'old_server',
      isGrave: true,
      problem: `the server is PostgreSQL ${Math.floor(version / 10_000)}`,
      why: 'its tables need 13 or later',
      mend: 'upgrade the server',
    },
    settings['fsync'] === 'off' && {
      code: 'fsync_off',
      isGrave: true,
      problem: 'fsync is off',
      why: 'a power cut takes back tokens that were saved, and may spoil the whole database',
      mend: 'in postgresql.conf: fsync = on',
    },
    settings['full_page_writes'] === 'off' && {
      code: 'full_page_writes_off',
      isGrave: true,
      problem: 'full_page_writes is off',
      why: 'a power cut may leave half a page of tokens, which nothing can read',
      mend: 'in postgresql.conf: full_page_writes = on',
    },
    isReplica && {
      code: 'replica',
      isGrave: true,
      problem: 'the server is a replica',
      why: 'it takes no writes: nothing can be claimed there, and nothing is spent',
      mend: 'name the primary, or an address that follows it',
    },
    settings['default_transaction_read_only'] === 'on' && {
      code: 'read_only',
      isGrave: true,
      problem: `default_transaction_read_only is on for ${user}`,
      why: 'nothing can be claimed or saved',
      mend: `alter role ${quotedUser} reset default_transaction_read_only`,
    },
    settings['synchronous_commit'] === 'off' && {
      code: 'asynchronous_commit',
      isGrave: false,
      problem: `synchronous_commit is off for ${user}`,
      why: 'a crash takes back what was committed last; statements that save tokens set it on for themselves',
      mend: `alter role ${quotedUser} set synchronous_commit = on`,
    },
    replicas > 0 &&
      settings['synchronous_standby_names'] === '' && {
        code: 'asynchronous_replica',
        isGrave: false,
        problem: 'the replicas follow asynchronously',
        why: 'a failover loses the last commits; the machines put them back from their receipts, kept for a day',
        mend: 'keep the state folder of each machine on a disk that outlives the process, or set synchronous_standby_names',
      },
    Math.abs(aheadMs) > largestClockMs && {
      code: 'clock',
      isGrave: false,
      problem: `this machine's clock is ${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the server's`,
      why: "when a token ends is told by this machine's clock: it is refreshed too early, or too late",
      mend: 'let both machines get the time from the same source',
    },
    isSuperuser && {
      code: 'superuser',
      isGrave: false,
      problem: `${user} is a superuser`,
      why: 'a program that refreshes needs far less, and whoever has its password has the whole server',
      mend: 'give a login of its own the role evergrant_worker: npx evergrant store migrate --print',
    },
  ];
  return found.filter((one) => one !== false);
}

/** Judges the way to a server. */
export function ofWay(
  { serverPort, backends, isEncrypted }: ServerFacts,
  { host, port, sslmode }: Way,
): StoreFinding[] {
  const isHere = host.startsWith('/') || /^(localhost|127\..*|::1)$/.test(host);
  const isOtherPort = serverPort !== null && serverPort !== port;
  const found: (StoreFinding | false)[] = [
    !isHere &&
      sslmode !== 'verify-full' && {
        code: 'unverified_tls',
        isGrave: true,
        problem: `${isEncrypted ? 'TLS is used, but' : 'no TLS is used, and'} nobody verifies that the server is ${host}`,
        why: 'whoever stands in between can read every token',
        mend: "add ?sslmode=verify-full to the store's URL, with sslrootcert where the certificate is your own",
      },
    (backends > 1 || isOtherPort) && {
      code: 'pooler',
      isGrave: false,
      problem:
        backends > 1
          ? 'a pooler stands in between, for certain: one connection was answered by several processes'
          : `a pooler or a forwarded port stands in between, probably: the server listens on ${String(serverPort)}, not on ${port}`,
      why: 'nothing here needs a session, so it costs nothing; a pooler that follows the primary helps at a failover',
      mend: 'nothing to do',
    },
  ];
  return found.filter((one) => one !== false);
}
