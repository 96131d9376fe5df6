import { plainName } from '../environment/plain-name';

/** What an app may do with scopes that are not to "read" or "read and change" something. */
const wholeScopes = new Map([
  ['openid', 'know who you are'],
  ['profile', 'see your name'],
  ['email', 'see your e-mail address'],
  ['offline_access', 'stay connected when you are not there, until you disconnect it'],
  ['marketplace.billing', 'bill you through the Xero App Store'],
  ['app.connections', "list and remove all of the app's connections"],
]);

/** What the other scopes give access to, by their names with `.read` left out (Xero's scopes page). */
const scopedThings = new Map([
  ['accounting.invoices', 'invoices, bills, credit notes, quotes and purchase orders'],
  ['accounting.payments', 'payments, prepayments and overpayments'],
  ['accounting.banktransactions', 'bank transactions and transfers'],
  ['accounting.manualjournals', 'manual journals'],
  ['accounting.classicexpenses', 'classic expense claims'],
  ['accounting.contacts', 'contacts and contact groups'],
  ['accounting.settings', "the organisation's accounts, tax rates, tracking categories and settings"],
  ['accounting.attachments', 'attached files'],
  ['accounting.budgets', 'budgets'],
  ['accounting.journals', 'the general ledger journals'],
  ['accounting.transactions', 'invoices, payments, bank transactions and journals'],
  ['accounting.reports', 'all reports'],
  ['accounting.reports.aged', 'the aged payables and receivables report'],
  ['accounting.reports.balancesheet', 'the balance sheet report'],
  ['accounting.reports.banksummary', 'the bank summary report'],
  ['accounting.reports.budgetsummary', 'the budget summary report'],
  ['accounting.reports.executivesummary', 'the executive summary report'],
  ['accounting.reports.profitandloss', 'the profit and loss report'],
  ['accounting.reports.trialbalance', 'the trial balance report'],
  ['accounting.reports.taxreports', 'the tax report'],
  ['accounting.reports.tenninetynine', 'the 1099 report'],
  ['payroll.employees', 'employees'],
  ['payroll.payruns', 'pay runs'],
  ['payroll.payslip', 'payslips'],
  ['payroll.settings', 'payroll settings'],
  ['payroll.timesheets', 'timesheets'],
  ['files', 'files'],
  ['assets', 'fixed assets'],
  ['projects', 'projects'],
  ['finance.statements', 'financial statements'],
  ['finance.cashvalidation', 'the cash validation figures'],
  ['finance.bankstatementsplus', 'bank statements'],
  ['bankfeeds', 'bank feeds'],
  ['paymentservices', 'payment services on invoices'],
  ['practicemanager', 'Practice Manager'],
]);

/** What a scope lets an app do, as the end of "it may …". */
export interface ScopeWords {
  /** '' for a scope that Xero does not have; its words are the scope itself. */
  readonly scope: string;
  readonly words: string;
}

/** What each of these scopes, separated by blanks, lets an app do. */
export function scopeWords(scopes: string): ScopeWords[] {
  const all = scopes.split(/\s+/).filter((scope) => scope !== '');
  return all.map((scope) => {
    const words = wholeScopes.get(scope) ?? wordsOfThing(scope);
    return words === undefined ? { scope: '', words: plainName(scope) } : { scope, words };
  });
}

function wordsOfThing(scope: string): string | undefined {
  const thing = scopedThings.get(scope.replace(/\.read$/, ''));
  return thing && `${scope.endsWith('.read') ? 'read' : 'read and change'} ${thing}`;
}
