import type { ContractKey } from './environment';

/** The keys that a blank in the file takes from outside, and the variable of the process or `.env` that fills it. */
export const envNames = {
  client_id: 'XERO_CLIENT_ID',
  client_secret: 'XERO_CLIENT_SECRET',
  redirect_uri: 'XERO_REDIRECT_URI',
  scopes: 'XERO_SCOPES',
} as const satisfies Partial<Record<ContractKey, string>>;

export type EnvKey = keyof typeof envNames;

/** The variables of the process, over those of `.env`. */
export type EnvVariables = Readonly<Record<string, string | undefined>>;
