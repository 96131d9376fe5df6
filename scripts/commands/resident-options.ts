import { Option, type Command } from 'commander';
import { checkEnding } from '../environment/files/publish';
import { invalid } from '../errors';
import { tokenFormats, type TokenFormat } from '../serve/files/format';
import { fileMode, tokenPlace } from '../serve/files/place';
import type { TokenFilesOptions } from '../serve/files/token-files';
import type { ResidentOptions } from '../serve/residents';
import { groupNamed } from '../serve/unix-socket';
import { minuteMs, parseDuration } from '../text/duration';
import { port } from './options';
import { remindAfter } from './refresh';

export interface ResidentFlags {
  readonly refresh?: true;
  readonly remind?: number;
  readonly metrics?: string;
  readonly files?: string;
  readonly filesFormat?: TokenFormat;
  readonly filesMode?: string;
  readonly filesGroup?: string;
  readonly callback?: true;
  readonly callbackAddress?: string;
  readonly callbackPort: number;
  readonly callbackPath: string;
}

/** Adds the options for what `serve` does beside answering. */
export function addResidentOptions(verb: Command): void {
  verb
    .option('--refresh', 'keep every environment refreshed, as cron does with refresh --all; with the hooks of .env')
    .addOption(
      new Option('--remind <duration>', 'with --refresh: say again, as often, which consents wait').argParser(
        parseDuration,
      ),
    )
    .option('--metrics <file>', 'with --refresh: write status and runs for Prometheus; the name ends in .prom')
    .option('--files <pattern>', "keep each access token in a file, such as '/run/evergrant/{name}.json'")
    .addOption(new Option('--files-format <format>', 'what is in them (default: json)').choices(tokenFormats))
    .option('--files-mode <mode>', 'their mode: 0600, or 0640 for a group (default: what fits --files-group)')
    .option('--files-group <group>', 'the group that may read them')
    .option('--callback', 'serve the callback page, as listen does, on a loopback port of its own')
    .option('--callback-address <address>', 'at this address in place of loopback, by TLS with the certificate')
    .addOption(port('--callback-port <port>', 'its port, for a reverse proxy', 8080))
    .option('--callback-path <path>', 'the path of the redirect URI', '/callback');
}

/** Renewing 15 minutes early leaves as much time for Xero to come back. */
const keptValidMs = 15 * minuteMs;

/** @throws Failure `invalid` for an option that is of another one which is missing */
export function residentOptions(
  flags: ResidentFlags,
  times: { readonly patienceMs: number; readonly waitMs: number; readonly trustedProxies: string | undefined },
): ResidentOptions {
  const { refresh = false, callback = false, metrics: metricsFile } = flags;
  requireFirst('--callback', callback, { '--callback-address': flags.callbackAddress });
  requireFirst('--refresh', refresh, { '--remind': flags.remind, '--metrics': metricsFile });
  if (metricsFile !== undefined) checkEnding(metricsFile, '--metrics', 'metrics');
  const warm = {
    profile: { kind: 'min_validity', ms: keptValidMs },
    patienceMs: times.patienceMs,
    concurrency: 100,
    remindAfterMs: remindAfter(flags.remind),
    metricsFile,
    hooks: { commands: {} }, // those of the variables
  } as const;
  return {
    warm: refresh ? warm : undefined,
    files: filesOptions(flags),
    callback: callback
      ? {
          address: flags.callbackAddress,
          port: flags.callbackPort,
          path: flags.callbackPath,
          pathOption: '--callback-path',
          ...times,
        }
      : undefined,
  };
}

function filesOptions(flags: ResidentFlags): TokenFilesOptions | undefined {
  const { files, filesFormat, filesMode, filesGroup } = flags;
  const more = { '--files-format': filesFormat, '--files-mode': filesMode, '--files-group': filesGroup };
  requireFirst('--files', files !== undefined, more);
  if (files === undefined) return undefined;
  const gid = filesGroup === undefined ? undefined : groupNamed(filesGroup);
  const mode = fileMode(filesMode ?? (gid === undefined ? '0600' : '0640'));
  return { place: tokenPlace(files), format: filesFormat ?? 'json', readers: { mode, gid } };
}

function requireFirst(first: string, isThere: boolean, others: Readonly<Record<string, unknown>>): void {
  const [stray] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (isThere || stray === undefined) return;
  throw invalid('option_alone', `${stray} is for ${first}`, `write ${first} too, or leave ${stray} out`);
}
