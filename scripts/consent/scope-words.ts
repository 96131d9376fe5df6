/** What the things are called that a scope is for, in words for the person who is asked (Xero's scopes page). */
const things: Readonly<Record<string, string>> = {
  'accounting.invoices': 'invoices, bills, credit notes, quotes and purchase orders',
  'accounting.payments': 'payments, prepayments and overpayments',
  'accounting.banktransactions': 'bank transactions and transfers',
  'accounting.manualjournals': 'manual journals',
  'accounting.classicexpenses': 'classic expense claims',
  'accounting.contacts': 'contacts and contact groups',
  'accounting.settings': "the organisation's accounts, tax rates, tracking categories and settings",
  'accounting.attachments': 'attached files',
  'accounting.budgets': 'budgets',
  'accounting.journals': 'the general ledger journals',
  'accounting.transactions': 'invoices, payments, bank transactions and journals',
  'accounting.reports': 'all reports',
  'payroll.employees': 'employees',
  'payroll.payruns': 'pay runs',
  'payroll.payslip': 'payslips',
  'payroll.settings': 'payroll settings',
  'payroll.timesheets': 'timesheets',
  files: 'files',
  assets: 'fixed assets',
  projects: 'projects',
};

const reports: Readonly<Record<string, string>> = {
  aged: 'aged payables and receivables',
  balancesheet: 'balance sheet',
  banksummary: 'bank summary',
  budgetsummary: 'budget summary',
  executivesummary: 'executive summary',
  profitandloss: 'profit and loss',
  trialbalance: 'trial balance',
  taxreports: 'tax',
  tenninetynine: '1099',
};

const identity: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  profile: 'see your name',
  email: 'see your e-mail address',
  offline_access: 'stay connected when you are not there, until you disconnect it',
};

/** What a scope lets an app do, as the end of "it may …"; an unknown scope stands for itself. */
export function sayScope(scope: string): string {
  const own = identity[scope];
  if (own !== undefined) return own;
  const report = reports[/^accounting\.reports\.([a-z]+)\.read$/.exec(scope)?.[1] ?? ''];
  if (report !== undefined) return `read the ${report} report`;
  const thing = things[scope.replace(/\.read$/, '')];
  if (thing === undefined) return scope;
  return `${scope.endsWith('.read') ? 'read' : 'read and change'} ${thing}`;
}
