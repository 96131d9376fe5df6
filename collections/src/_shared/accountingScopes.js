/** What the accounting scopes are for, by their names without `.read`. */
export function accountingScopes() {
  return Object.entries({
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
    'accounting.reports.aged': 'the aged payables and receivables report',
    'accounting.reports.balancesheet': 'the balance sheet report',
    'accounting.reports.banksummary': 'the bank summary report',
    'accounting.reports.budgetsummary': 'the budget summary report',
    'accounting.reports.executivesummary': 'the executive summary report',
    'accounting.reports.profitandloss': 'the profit and loss report',
    'accounting.reports.trialbalance': 'the trial balance report',
    'accounting.reports.taxreports': 'the tax report',
    'accounting.reports.tenninetynine': 'the 1099 report',
  });
}
