/** Scopes that apps made since 2 March 2026 can't have, and what took their place (Xero's granular-scopes FAQ). */
const broadScopes: Readonly<Record<string, string>> = {
  'accounting.transactions':
    'accounting.invoices accounting.payments accounting.banktransactions accounting.manualjournals',
  'accounting.transactions.read':
    'accounting.invoices.read accounting.payments.read accounting.banktransactions.read accounting.manualjournals.read',
  'accounting.reports.read':
    'accounting.reports.profitandloss.read accounting.reports.balancesheet.read and their like, one for each report',
  'accounting.journals.read': 'nothing for a new app: it takes Advanced tier and a security assessment',
};

export interface ScopeProblem {
  readonly code: 'broad_scope' | 'no_offline_access' | 'app_scope' | 'offline_access_alone';
  readonly problem: string;
  readonly mend: string;
}

/** The scopes of a consent link that Xero refuses, or will refuse later. */
export function scopeProblems(scopes: string): ScopeProblem[] {
  const asked = scopes.split(/\s+/).filter((scope) => scope !== '');
  return [...broad(asked), ...offline(asked), ...appOnly(asked)];
}

function broad(asked: readonly string[]): ScopeProblem[] {
  return asked.flatMap((scope) => {
    const successor = broadScopes[scope];
    if (successor === undefined) return [];
    const problem = `scopes has ${scope}, which Xero gives to no app made since 2 March 2026, and to none from September 2027`;
    return [{ code: 'broad_scope', problem, mend: `put in its place: ${successor}` }];
  });
}

function offline(asked: readonly string[]): ScopeProblem[] {
  if (!asked.includes('offline_access')) {
    const problem =
      'scopes has no offline_access, so Xero gives no refresh token and the connection ends after 30 minutes';
    return [{ code: 'no_offline_access', problem, mend: 'add offline_access to scopes, then make a new consent link' }];
  }
  const resources = asked.filter((scope) => !['openid', 'profile', 'email', 'offline_access'].includes(scope));
  if (resources.length > 0) return [];
  const problem = 'scopes asks for nothing but identity and offline_access, which Xero refuses';
  return [{ code: 'offline_access_alone', problem, mend: 'add what the app works with, such as accounting.invoices' }];
}

function appOnly(asked: readonly string[]): ScopeProblem[] {
  const own = asked.filter((scope) => scope === 'app.connections' || scope === 'marketplace.billing');
  return own.map((scope) => ({
    code: 'app_scope',
    problem: `scopes has ${scope}, which no person can consent to: Xero answers "Requested wrong apps scopes"`,
    mend: `take ${scope} out of scopes`,
  }));
}
