import type { JWK } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import type { App } from './apps';
import type { Variants } from './variants';

/** Everything that the sandbox stores; a state file holds all of it. */
export interface World {
  readonly cookieKey: string;
  readonly signingKey: JWK;
  readonly apps: Map<string, App>;
  readonly users: Map<string, User>;
  readonly organisations: Map<string, Organisation>;
  readonly consents: Map<string, Consent>;
  readonly connections: Map<string, Connection>;
  readonly artifacts: Map<string, Artifact>;
  readonly graceAnswers: Map<string, GraceAnswer>;
  variants: Variants;
  clockOffsetMs: number;
}

/** A Xero user. `accountId` is the `sub` claim, `xeroUserId` the claim `xero_userid`. */
export interface User {
  readonly accountId: string;
  readonly xeroUserId: string;
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
}

/** A tenant. A user in `removedAccountIds` has no role in it any more, and gets 403 from the API. */
export interface Organisation {
  readonly tenantId: string;
  name: string;
  readonly shortCode: string;
  readonly baseCurrency: string;
  readonly countryCode: string;
  readonly isDemoCompany: boolean;
  readonly tenantType?: 'ORGANISATION' | 'PRACTICE' | undefined;
  /** It has as many apps without certification as it may have. */
  isAtAppLimit?: boolean | undefined;
  removedAccountIds: string[];
}

/** One user's link between an app and an organisation, as `GET /connections` lists it. */
export interface Connection {
  readonly id: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly tenantId: string;
  readonly createdAtMs: number;
  authEventId: string;
  updatedAtMs: number;
}

/**
 * One time a person pressed Allow: an authentication event. Its id is also the id of the OpenID server's grant.
 * `latestTokenId` is the `jti` of the access token issued last.
 */
export interface Consent {
  readonly authEventId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  readonly globalSessionId: string;
  readonly givenAtMs: number;
  latestTokenId?: string;
  ended?: true;
}

/**
 * One thing that the OpenID server stores: a session, an interaction, a grant, a code or a refresh token. For a refresh
 * token it has also the time of its first use, the token that it came from, and whether a successor of it was used. One
 * that was ended stays here with `ended`, which distinguishes it from a token that never existed.
 */
export interface Artifact {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
  consumedAtMs?: number;
  parentId?: string | undefined;
  successorUsed?: true;
  ended?: true;
}

/** The answer to the first use of a refresh token; kept only for the variant in which a retry gets the same answer. */
interface GraceAnswer {
  readonly tokens: TokenSet;
  readonly accessTokenExpiresAtMs: number;
  readonly keptUntilMs: number;
}

/** A successful answer of the token endpoint, members in Xero's order. RFC 6749 §5.1. */
export interface TokenSet {
  id_token?: string | undefined;
  access_token: string;
  expires_in: number | string;
  token_type: string;
  refresh_token?: string | undefined;
  scope?: string | undefined;
}
