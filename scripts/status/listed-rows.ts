import type { Context } from '../context';
import { ownedBy, type Owned } from '../environment/duplicates';
import type { EnvVariables } from '../environment/env-names';
import type { GrantState } from '../environment/grant';
import { heldTenantId } from '../environment/tenant';
import { Failure } from '../errors';
import { consentedBy } from './consented-by';
import { grantFacts, unknownGrant, type GrantFacts } from './grant-facts';
import type { ReadRow } from './read-rows';
import type { StatusRow } from './rows';

/** One line of `status --json`; the contract fixes the names. */
interface StatusLine extends GrantFacts {
  readonly environment: string;
  readonly appType: string | null;
  readonly state: GrantState;
  readonly tenantName: string | null;
  readonly accessTokenExpiresAt: Date | null;
  readonly refreshTokenExpiresAt: Date | null;
  readonly consentNeededBy: Date | null;
  readonly generation: number | null;
  /** Who has consented: name and e-mail address, or the id of the Xero user. */
  readonly consentedBy: string | null;
  readonly lastOutcome: string | null;
  readonly lastAttemptAt: Date | null;
  /** `waiting`, `refreshing`, `failing`, `import_cut_off`, `removed`, `moved`, or that another organisation took its place; null for none. */
  readonly detail: string | null;
  /** Since when the detail holds. */
  readonly since: Date | null;
  /** Until when the link of a `waiting` environment is good. */
  readonly linkGoodUntil: Date | null;
  /** When a refresh began that goes on, or was cut off, and on which of the machines that share the store. */
  readonly refreshStartedAt: Date | null;
  readonly refreshStartedOn: string | null;
  /** The file on this machine with new tokens that the store has not confirmed, and since when. */
  readonly unconfirmed: StatusRow['unconfirmed'];
  readonly error: StatusRow['error'];
}

export type ListedRow = StatusRow & GrantFacts & { readonly consentedBy: string | null };

/** A table needs fewer facts than the lines of `--json` and a page, which take longer to find. */
export type Wanted = 'table' | 'page' | 'lines';

/** What is shown of each row, and whose tokens its environment holds. */
export async function* listed(
  rows: AsyncIterable<ReadRow>,
  wanted: Wanted,
  context: Context,
): AsyncGenerator<{ readonly row: ListedRow; readonly owned: readonly Owned[] }> {
  const env = wanted === 'lines' ? variablesOf(context) : {};
  for await (const { row, environment } of rows) {
    if (environment === undefined) yield { row: { ...row, ...unknownGrant, consentedBy: null }, owned: [] };
    else {
      const tenantId = heldTenantId(environment);
      const known =
        wanted === 'table'
          ? { ...unknownGrant, tenantId, consentedBy: null }
          : { ...grantFacts(environment, env), consentedBy: consentedBy(environment) };
      yield { row: { ...row, ...known }, owned: ownedBy(environment) };
    }
  }
}

/** None where `.env` can't be believed: what is shown needs them for blank `scopes` alone. */
function variablesOf(context: Context): EnvVariables {
  try {
    return context.env();
  } catch (error) {
    if (error instanceof Failure) return {};
    throw error;
  }
}

export function lineOf({ lastAttempt, standing, replaced, error, ...known }: ListedRow): StatusLine {
  const last = { lastOutcome: lastAttempt?.outcome ?? null, lastAttemptAt: lastAttempt?.at ?? null };
  const detail = { detail: standing?.detail ?? replaced, since: standing?.since ?? null };
  return { ...known, ...last, ...detail, linkGoodUntil: standing?.until ?? null, error };
}
