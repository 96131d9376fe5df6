import type { ContractKey } from './environment';

/** The keys whose blanks in the file are filled, and the variable of the process or `.env` that fills each. */
export const envNames = {
  client_id: 'XERO_CLIENT_ID',
  client_secret: 'XERO_CLIENT_SECRET',
  redirect_uri: 'XERO_REDIRECT_URI',
  scopes: 'XERO_SCOPES',
} as const satisfies Partial<Record<ContractKey, string>>;

/** The variable that names a database with the environments. */
export const storeVariable = 'EVERGRANT_STORE';

export type EnvKey = keyof typeof envNames;

/** The variables of the process and of `.env`; those of the process come first. */
export type EnvVariables = Readonly<Record<string, string | undefined>>;
