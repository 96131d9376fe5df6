import { environmentNamed, pointing, type Context } from '../context';
import type { DueWhen } from '../environment/store';
import { secretsOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { heldTenantId } from '../environment/tenant';
import { Failure, typed, type FailureKind } from '../errors';
import type { RefreshOptions } from '../refresh/due';
import { failureOf } from '../terminal/console';

/** One line of `refresh --json`; the contract fixes the names. */
export interface RefreshResult {
  readonly environment: string;
  readonly tenantId: string | null;
  readonly outcome: 'refreshed' | 'not_due' | 'adopted' | 'temporary_failure' | Exclude<FailureKind, 'bug'>;
  readonly generation: number | null;
  readonly accessTokenExpiresAt: string | null;
  readonly refreshTokenExpiresAt: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  /** What it is called where the outcome says too little: nobody has opened its link yet; it was handed over. */
  readonly detail?: 'waiting' | 'moved' | undefined;
  readonly dryRun?: true;
  /** What a person should look at, although the refresh succeeded. */
  readonly warning?: string | undefined;
}

/** The result of one environment, and the kind of its failure for the exit code. */
export interface EnvironmentResult {
  /** The name or path as it was given. */
  readonly given: string;
  readonly result: RefreshResult;
  /** Undefined where nothing failed, and where nobody has to act: one of a whole folder that was never connected. */
  readonly kind?: FailureKind | undefined;
  /** The link that a `waiting` environment waits for. */
  readonly link?: { readonly madeAt: Date; readonly goodUntil: Date } | undefined;
}

/** Called with the result of each environment as soon as it is done. */
export type OnDone = (done: EnvironmentResult) => void;

export interface BatchOptions extends RefreshOptions {
  /** How many environments are refreshed at the same time, at most. */
  readonly concurrency: number;
  /** How many processes share them, at most. Default: one for each core. */
  readonly processes?: number | undefined;
  /** A process that stays sends one environment's request as those of many, because each full Newman run leaves much behind. */
  readonly isResident?: boolean | undefined;
}

/** A failure as a result. It still has what the file holds, if that can be read. */
export async function failed(name: string, error: unknown, context: Context): Promise<EnvironmentResult> {
  const read = await readAgain(context, name);
  const secrets = new Set([...context.console.secrets, ...(read ? secretsOf(read) : [])]);
  const { kind, code, message, hint: said } = failureOf(error, { secrets });
  const hint = pointing(context, name, said);
  const dates = datesOf(typed(name), read, context.now());
  const outcome = kind === 'bug' ? 'temporary_failure' : kind;
  return { given: name, result: { ...dates, outcome, error: { code, message, hint } }, kind };
}

/** The part of a result that comes from the file. */
export function datesOf(
  environment: string,
  read: Environment | undefined,
  now: Date,
): Omit<RefreshResult, 'outcome' | 'error'> {
  const grant = read && grantOf(read, now);
  return {
    environment: read?.name ?? environment,
    tenantId: read === undefined ? null : heldTenantId(read),
    generation: grant?.generation ?? null,
    accessTokenExpiresAt: grant?.accessTokenExpiresAt?.toISOString() ?? null,
    refreshTokenExpiresAt: grant?.refreshTokenExpiresAt?.toISOString() ?? null,
  };
}

async function readAgain(context: Context, name: string): Promise<Environment | undefined> {
  try {
    return await environmentNamed(context, name).read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** What a run over a shared store is about. */
export interface SharedWork {
  readonly when: DueWhen;
  /** When it began, by the store's clock. */
  readonly since: Date;
}
