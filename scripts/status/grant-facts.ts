import { envNames, type EnvVariables } from '../environment/env-names';
import { secretsOf, settingIn, type Environment } from '../environment/environment';
import { grantedScopes, missingScopes } from '../environment/granted';
import { heldTenantId } from '../environment/tenant';
import { scrub } from '../text/scrub';

/** What `status --json` tells of a grant beside its state; null where nobody knows. */
export interface GrantFacts {
  readonly tenantId: string | null;
  readonly grantedScopes: readonly string[] | null;
  readonly missingScopes: readonly string[] | null;
}

export const unknownGrant: GrantFacts = { tenantId: null, grantedScopes: null, missingScopes: null };

/** `env` fills blank `scopes`. */
export function grantFacts(environment: Environment, env: EnvVariables): GrantFacts {
  const scopes = scrub(settingIn(environment, 'scopes'), secretsOf(environment)) || (env[envNames.scopes] ?? '');
  return {
    tenantId: heldTenantId(environment),
    grantedScopes: grantedScopes(environment),
    missingScopes: missingScopes(environment, scopes),
  };
}
