import { homeOf, refreshEffects, type Context } from '../context';
import { sayDuration } from '../core/duration';
import { duplicateGrants, sayDuplicates } from '../core/duplicates';
import type { Environment } from '../core/environment';
import { grantOf } from '../core/grant';
import { isDue, refreshGrant, type RefreshOptions } from '../core/refresh';
import type { RefreshEffects } from '../core/spending';
import { exitCodeOf, Failure, type FailureKind } from '../errors';
import { listEnvironments } from '../io/environment-files';
import type { Reports } from '../io/report';
import { failureOf } from '../io/console';

export interface RefreshCommand extends RefreshOptions {
  readonly names: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly reportFolder?: string;
}

/** One line of `refresh --json`; the contract fixes the names. */
export interface RefreshResult {
  readonly environment: string;
  readonly outcome: 'refreshed' | 'not_due' | 'adopted' | 'temporary_failure' | Exclude<FailureKind, 'bug'>;
  readonly generation: number | null;
  readonly accessTokenExpiresAt: string | null;
  readonly refreshTokenExpiresAt: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly dryRun?: true;
}

/** Refreshes what is due of the named environments, or of all in the folder; one bad one never stops the others. */
export async function refresh(options: RefreshCommand, context: Context): Promise<number> {
  const { console } = context;
  const reports = options.reportFolder === undefined ? undefined : reportsIn(options.reportFolder);
  const effects = refreshEffects(context, options.patienceMs, reports);
  const names = options.names.length > 0 ? options.names : listEnvironments(context.folder);
  const [results, kinds, read]: [RefreshResult[], FailureKind[], Environment[]] = [[], [], []];
  for (const name of names) {
    if (context.signals.isStopping()) break;
    const { result, kind, environment } = await refreshOne(name, options, context, effects);
    if (environment !== undefined) read.push(environment);
    results.push(result);
    if (kind !== undefined) kinds.push(kind);
    if (!options.isJson) sayResult(result, context);
  }
  if (options.isJson) console.print(JSON.stringify({ results }, null, 2));
  for (const group of duplicateGrants(read)) console.say(`note: ${sayDuplicates(group)}`);
  for (const file of reports?.files ?? []) console.say(`report: ${file}`);
  if (reports?.problem() !== undefined) console.say(`evergrant: ${reports.problem()}`);
  return exitCodeOf(kinds) || (results.length < names.length ? context.signals.exitCode() : 0);
}

function reportsIn(folder: string): Reports {
  const { htmlReports } = require('../io/report') as typeof import('../io/report');
  return htmlReports(folder);
}

async function refreshOne(
  name: string,
  options: RefreshCommand,
  context: Context,
  effects: RefreshEffects,
): Promise<{ result: RefreshResult; kind?: FailureKind; environment?: Environment }> {
  try {
    const home = homeOf(context, name);
    if (options.isDryRun) return { result: foresee(home.name, home.read(), options, context.now()) };
    const { outcome, environment } = await refreshGrant(home, options, effects);
    return { result: { ...datesOf(home.name, environment, context.now()), outcome, error: null }, environment };
  } catch (error) {
    const { kind, code, message, hint } = failureOf(error, context.console);
    const dates = datesOf(name, readAgain(context, name), context.now());
    const outcome = kind === 'bug' ? 'temporary_failure' : kind;
    return { result: { ...dates, outcome, error: { code, message, hint } }, kind };
  }
}

/** What a run would do, for `--dry-run`: nobody is asked, nothing is written. */
function foresee(name: string, environment: Environment, options: RefreshCommand, now: Date): RefreshResult {
  const grant = grantOf(environment, now);
  const needsConsent = grant.knownDead || grant.state === 'never_connected';
  const outcome = !isDue(environment, options, now) ? 'not_due' : needsConsent ? 'consent_needed' : 'refreshed';
  return { ...datesOf(name, environment, now), outcome, error: null, dryRun: true };
}

function datesOf(
  environment: string,
  read: Environment | undefined,
  now: Date,
): Omit<RefreshResult, 'outcome' | 'error'> {
  const grant = read && grantOf(read, now);
  return {
    environment: read?.name ?? environment,
    generation: grant?.generation ?? null,
    accessTokenExpiresAt: grant?.accessTokenExpiresAt?.toISOString() ?? null,
    refreshTokenExpiresAt: grant?.refreshTokenExpiresAt?.toISOString() ?? null,
  };
}

/** A failure's line still says what the file holds, where it can be read. */
function readAgain(context: Context, name: string): Environment | undefined {
  try {
    return homeOf(context, name).read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function sayResult(result: RefreshResult, { console, now }: Context): void {
  const { style } = console;
  if (result.error !== null) {
    console.say(`evergrant: ${result.error.message}\n  → ${result.error.hint}`);
    return;
  }
  const said =
    result.dryRun === true && result.outcome === 'refreshed' ? 'would be refreshed' : sayings[result.outcome];
  const left = Date.parse(result.accessTokenExpiresAt ?? '') - now().getTime();
  const validity = Number.isNaN(left)
    ? ''
    : left > 0
      ? `, access token good for ${sayDuration(left)}`
      : ', access token expired';
  console.print(`${style.green(result.environment)}: ${said}${result.outcome === 'consent_needed' ? '' : validity}`);
}

const sayings: Readonly<Record<string, string>> = {
  refreshed: 'refreshed',
  not_due: 'not due',
  adopted: 'refreshed by another process just now',
  consent_needed: 'needs consent',
};
