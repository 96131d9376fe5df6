/** What the other scopes are for, by their names without `.read`. */
export function otherScopes() {
  return Object.entries({
    'payroll.employees': 'employees',
    'payroll.payruns': 'pay runs',
    'payroll.payslip': 'payslips',
    'payroll.settings': 'payroll settings',
    'payroll.timesheets': 'timesheets',
    files: 'files',
    assets: 'fixed assets',
    projects: 'projects',
    'finance.statements': 'financial statements',
    'finance.cashvalidation': 'the cash validation figures',
    'finance.bankstatementsplus': 'bank statements',
    bankfeeds: 'bank feeds',
    paymentservices: 'payment services on invoices',
    practicemanager: 'Practice Manager',
  });
}
