import type { EnvVariables } from '../environment/env-names';
import { shownOf, type Environment } from '../environment/environment';
import { grantedScopes, missingScopes } from '../environment/granted';
import { heldTenantId } from '../environment/tenant';

/** What `status --json` tells of a grant beside its state; null where nobody knows. */
export interface GrantFacts {
  readonly tenantId: string | null;
  readonly grantedScopes: readonly string[] | null;
  readonly missingScopes: readonly string[] | null;
}

export const unknownGrant: GrantFacts = { tenantId: null, grantedScopes: null, missingScopes: null };

/** `env` fills blank `scopes`. */
export function grantFacts(environment: Environment, env: EnvVariables): GrantFacts {
  return {
    tenantId: heldTenantId(environment),
    grantedScopes: grantedScopes(environment),
    missingScopes: missingScopes(environment, shownOf(environment, 'scopes') || (env['XERO_SCOPES'] ?? '')),
  };
}
