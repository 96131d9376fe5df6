import { expect, test } from 'vitest';
import { consentText } from '../../scripts/consent/message';
import { inSandbox } from './support/in-sandbox';

const readable = [
  ...['invoices', 'payments', 'banktransactions', 'manualjournals', 'contacts', 'settings', 'attachments'],
  ...['transactions', 'classicexpenses'],
].map((name) => `accounting.${name}`);
const payroll = ['employees', 'payruns', 'payslip', 'settings', 'timesheets'].map((name) => `payroll.${name}`);
const reports = [
  ...['aged', 'balancesheet', 'banksummary', 'budgetsummary', 'executivesummary', 'profitandloss', 'trialbalance'],
  ...['taxreports', 'tenninetynine'],
].map((name) => `accounting.reports.${name}.read`);
const readOnly = ['accounting.budgets.read', 'accounting.journals.read', 'accounting.reports.read', ...reports];
const identity = ['openid', 'profile', 'email', 'offline_access'];
const restricted = [
  ...['finance.statements.read', 'finance.cashvalidation.read', 'finance.bankstatementsplus.read', 'bankfeeds'],
  ...['paymentservices', 'practicemanager', 'practicemanager.read', 'marketplace.billing', 'app.connections'],
];
const both = [...readable, ...payroll, 'files', 'assets', 'projects'].flatMap((scope) => [scope, `${scope}.read`]);
const known = [...identity, ...both, ...readOnly, ...restricted];

async function wordsOf(scopes: string[]): Promise<{ scope: string; words: string }[]> {
  const [all] = await inSandbox('scopeWords(row.scopes)', [{ scopes: scopes.join('\n ') }]);
  return all as { scope: string; words: string }[];
}

test('every scope of Xero’s has words of its own', async () => {
  const all = await wordsOf(known);
  expect(all.map(({ scope }) => scope)).toEqual(known);
  expect(all.filter(({ scope, words }) => words.includes(scope) && scope.includes('.'))).toEqual([]);
  expect(new Set(all.map(({ words }) => words)).size).toBe(known.length);
});

test('the words distinguish reading from changing', async () => {
  expect(await wordsOf(['accounting.contacts', 'accounting.contacts.read'])).toEqual([
    { scope: 'accounting.contacts', words: 'read and change contacts and contact groups' },
    { scope: 'accounting.contacts.read', words: 'read contacts and contact groups' },
  ]);
});

test('an unknown scope is shown as it is', async () => {
  const unknown = ['constructor', '__proto__', 'accounting.moonshots.read', '<b>'];
  expect(await wordsOf(unknown)).toEqual(unknown.map((scope) => ({ scope: '', words: scope })));
});

test('the note of the command line has the same words', async () => {
  const all = await wordsOf(known);
  const note = consentText({ url: '', scopes: known.join(' '), goodUntil: new Date(0), organisation: '', sender: '' });
  const rights = note.split('\n').filter((line) => line.startsWith('  - '));
  expect(rights).toEqual(all.map(({ words }) => `  - ${words}`));
});
