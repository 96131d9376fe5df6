/** The scopes that the OpenID server knows itself; all others belong to Xero's API. */
export const identityScopes = ['openid', 'profile', 'email', 'offline_access'];

/** No consent can give these: a link that asks for one leads back to the app with `access_denied`, before any login. */
export const wrongAppScopes = ['app.connections'];

const writable = [
  'accounting.invoices',
  'accounting.payments',
  'accounting.banktransactions',
  'accounting.manualjournals',
  'accounting.contacts',
  'accounting.settings',
  'accounting.attachments',
  'payroll.employees',
  'payroll.payruns',
  'payroll.payslip',
  'payroll.settings',
  'payroll.timesheets',
  'files',
  'assets',
  'projects',
];

const reports = [
  'aged',
  'balancesheet',
  'banksummary',
  'budgetsummary',
  'executivesummary',
  'profitandloss',
  'trialbalance',
  'taxreports',
  'tenninetynine',
];

/** What any app may ask for since 2 March 2026 (https://developer.xero.com/faq/granular-scopes). */
const granularScopes = [
  ...writable.flatMap((scope) => [scope, `${scope}.read`]),
  ...reports.map((report) => `accounting.reports.${report}.read`),
  'accounting.budgets.read',
];

/** Refused to apps created on or after 2 March 2026. */
export const broadScopes = [
  'accounting.transactions',
  'accounting.transactions.read',
  'accounting.reports.read',
  'accounting.journals.read',
];

/** Only for apps that Xero has approved for them. */
const restrictedScopes = [
  'finance.statements.read',
  'finance.cashvalidation.read',
  'finance.bankstatementsplus.read',
  'bankfeeds',
  'paymentservices',
  'practicemanager',
  'marketplace.billing',
];

export const knownScopes: ReadonlySet<string> = new Set([
  ...identityScopes,
  ...granularScopes,
  ...broadScopes,
  ...restrictedScopes,
  ...wrongAppScopes,
]);

const granularOnlySince = '2026-03-02';

/** What an app of that age may ask for unless its settings say otherwise. */
export function defaultScopesOf(createdAt: string): string[] {
  return createdAt < granularOnlySince ? [...granularScopes, ...broadScopes] : granularScopes;
}

/** Splits a `scope` value, RFC 6749 §3.3. */
export function splitScopes(scope: string | undefined): string[] {
  return [...new Set(scope?.split(' ').filter(Boolean))];
}
