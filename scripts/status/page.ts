import { createHash } from 'node:crypto';
import { formatNumber } from '../text/count';
import { html, type Html } from '../text/html';
import { statusCells, withoutControls, formatCounts, formatState } from './cells';
import { statusStyle } from './page-style';
import { wordOf, type StatusRow } from './rows';
import { wordsByUrgency, type StandingWord } from './standing';

/** A longer list is closed at first, because a browser lays out only open ones. */
const mostOpenRows = 500;

/**
 * The status as one complete page: no script, no external resource (its policy allows its own style only), every value
 * escaped. Rows keep their order, in a section for each state.
 */
export function statusPage(rows: readonly StatusRow[], now: Date): string {
  const policy = `default-src 'none'; style-src 'sha256-${sha256(statusStyle)}'; base-uri 'none'; form-action 'none'`;
  const title = rows.length === 0 ? 'No connections' : formatCounts(rows);
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title} · evergrant</title>
<style>${{ html: statusStyle }}</style>
<main>
<h1>Xero connections</h1>
<p>${title}. As of <time datetime="${now.toISOString()}">${formatMinuteUtc(now)}</time>, when this page was made.</p>
${wordsByUrgency.map((word) => section(word, rows, now))}</main>
</html>
`;
  return page.html;
}

const advice: Readonly<Record<StandingWord, string>> = {
  removed: 'Xero lists the organisation no more. Ask the customer, and make a link: npx evergrant consent NAME',
  failing: 'The last attempts failed, since then. Why: npx evergrant log NAME, npx evergrant doctor NAME',
  refreshing: 'A process is asking Xero at this moment.',
  waiting: 'A link was sent and nobody has opened it yet. It is good until the time that is shown.',
  moved: 'Handed to another machine or to Postman, which keeps the tokens. Nothing is to do here.',
  consent_needed: 'Over until somebody consents again. The link to send: npx evergrant consent NAME',
  invalid: 'The file makes no sense. What mends it: npx evergrant doctor NAME',
  interrupted: 'A refresh was cut off, and can be finished for half an hour: npx evergrant refresh NAME',
  connected: 'The soonest to end comes first. Any refresh puts the end off by 60 days.',
  never_connected: 'Nobody has consented yet. The link to send: npx evergrant consent NAME',
};

function section(word: StandingWord, all: readonly StatusRow[], now: Date): Html {
  const rows = all.filter((row) => wordOf(row) === word);
  const count = rows.length;
  if (count === 0) return html``;
  const opening = count > mostOpenRows ? html`<details class="${word}">` : html`<details class="${word}" open>`;
  return html`${opening}
<summary><h2>${capitalised(formatState(word))} <span>${formatNumber(count)}</span></h2></summary>
<p>${advice[word]}</p>
<table>
<thead><tr><th scope="col">Environment</th><th scope="col">${word === 'invalid' ? 'What is wrong' : 'Organisation'}</th><th scope="col">Access token</th><th scope="col">Consent needed by</th><th scope="col">Last outcome</th></tr></thead>
<tbody>
${rows.map((row) => tableRow(row, now))}</tbody>
</table>
</details>
`;
}

function tableRow(row: StatusRow, now: Date): Html {
  const [name = '', standing = '', organisation = '', access = '', by = '', outcome = ''] = statusCells(row, now);
  const what = row.error === null ? organisation : withoutControls(row.error.message);
  const last = wordOf(row) === 'failing' ? `${standing}: ${outcome}` : outcome;
  return html`<tr><th scope="row">${name}</th><td><bdi>${what}</bdi></td><td>${access}</td><td>${by}</td><td>${last}</td></tr>
`;
}

/** `2026-11-22 10:00 UTC` */
function formatMinuteUtc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
