import { createHash } from 'node:crypto';
import { daysCounted, type DailyHistory, type Days } from '../../history/days';
import { formatMinute } from '../../history/timeline';
import { formatNumber } from '../../text/count';
import { html, type Html } from '../../text/html';
import { statusCells, withoutControls, formatCounts, formatState, wordCounts } from '../cells';
import { boardScript } from './script';
import { stripOf, type Strip } from './strip';
import { statusStyle } from './style';
import { wordOf, type StatusRow } from '../rows';
import { wordsByUrgency, type StandingWord } from '../standing';

/** A longer list is closed at first, because a browser lays out only open ones. */
const mostOpenRows = 500;

/** Of a long section a browser lays out only those tables that are in sight; each has this many rows. */
const rowsInTable = 100;

/** What the page shows of an environment beside its status. */
export interface BoardRow extends StatusRow {
  /** Who has consented, by name, e-mail address or id. */
  readonly consentedBy: string | null;
}

/**
 * The status as one complete page: no external resource (its policy allows its own style and script only), every value
 * escaped. The rows stand in a section for each state, in their order; the script adds search and sort, and the page is
 * whole without it.
 */
export function statusPage(rows: readonly BoardRow[], history: DailyHistory, now: Date): string {
  const own = `style-src '${hashOf(statusStyle)}'; script-src '${hashOf(boardScript)}'`;
  const policy = `default-src 'none'; ${own}; base-uri 'none'; form-action 'none'`;
  const title = rows.length === 0 ? 'No connections' : formatCounts(wordCounts(rows));
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
<p>${title}. As of <time datetime="${now.toISOString()}">${formatMinute(now)} UTC</time>, when this page was made.</p>
${rows.length === 0 ? html`` : controls}${wordsByUrgency.map((word) => section(word, rows, history, now))}</main>
${
  rows.length === 0
    ? html``
    : html`<script>${{ html: boardScript }}</script>
`
}</html>
`;
  return page.html;
}

/** Shown by the script, which they need; and what the pictures of the last days mean. */
const controls = html`<form hidden>
<label>Search <input type="search" name="search" autocomplete="off"></label>
<label>Sort by <select name="sort">
<option value="at">urgency</option><option value="name">environment</option><option value="organisation">organisation</option>
<option value="troubled">days with failures</option><option value="silent">silent days</option>
</select></label>
<output></output>
</form>
<p class="key">Last ${String(daysCounted)} days, today at the right: <i class="g"></i> refreshed, <i class="b"></i> failures, <i class="n"></i> nothing happened; blank where the log does not go back so far.</p>
`;

const advice: Readonly<Record<StandingWord, string>> = {
  removed: 'Xero lists the organisation no more. Ask the customer, and make a link: npx evergrant consent NAME',
  failing: 'The last attempts failed, since then. Why: npx evergrant log NAME, npx evergrant doctor NAME',
  import_cut_off:
    'Its import into the database was cut off. The same store import finishes it; if the file is lost: npx evergrant store import --lost NAME',
  refreshing: 'A process is asking Xero at this moment.',
  waiting: 'A link was sent and nobody has opened it yet. It is good until the time that is shown.',
  moved: 'Handed to another machine or to Postman, which keeps the tokens. Nothing is to do here.',
  consent_needed: 'Over until somebody consents again. The link to send: npx evergrant consent NAME',
  invalid: 'It makes no sense. What mends it: npx evergrant doctor NAME',
  interrupted: 'A refresh was cut off, and can be finished for half an hour: npx evergrant refresh NAME',
  connected: 'The soonest to end comes first. Any refresh puts the end off by 60 days.',
  never_connected: 'Nobody has consented yet. The link to send: npx evergrant consent NAME',
};

function section(word: StandingWord, all: readonly BoardRow[], history: DailyHistory, now: Date): Html {
  const rows = all.filter((row) => wordOf(row) === word);
  const count = rows.length;
  if (count === 0) return html``;
  const opening = count > mostOpenRows ? html`<details class="${word}">` : html`<details class="${word}" open>`;
  const parts = Array.from({ length: Math.ceil(count / rowsInTable) }, (_, at) =>
    rows.slice(at * rowsInTable, (at + 1) * rowsInTable),
  );
  return html`${opening}
<summary><h2>${capitalised(formatState(word))} <span>${formatNumber(count)}</span></h2></summary>
<p>${advice[word]}</p>
${parts.map((part) => table(word, part, history, now))}</details>
`;
}

function table(word: StandingWord, rows: readonly BoardRow[], history: DailyHistory, now: Date): Html {
  const what = word === 'invalid' ? 'What is wrong' : 'Organisation';
  const titles = ['Environment', what, 'Last 60 days', 'Access token', 'Consent needed by', 'Last outcome'];
  const opening = rows.length < rowsInTable ? html`<div>` : html`<div class="far">`;
  return html`${opening}
<table>
<thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, daysOf(row, history), now))}</tbody>
</table>
</div>
`;
}

/** An environment that the log does not tell of was silent for as long as the log goes back, if it was ever connected. */
function daysOf(row: BoardRow, { byName, from }: DailyHistory): Days | undefined {
  const days = byName.get(row.environment);
  if (days !== undefined || row.state === 'never_connected' || from === daysCounted) return days;
  return { successes: new Uint16Array(daysCounted), failures: new Uint16Array(daysCounted), from };
}

function tableRow(row: BoardRow, days: Days | undefined, now: Date): Html {
  const [name = '', standing = '', organisation = '', access = '', by = '', outcome = ''] = statusCells(row, now);
  const what = row.error === null ? organisation : withoutControls(row.error.message);
  const who =
    row.consentedBy === null ? html`` : html`<small>by <bdi>${withoutControls(row.consentedBy)}</bdi></small>`;
  const last = wordOf(row) === 'failing' ? `${standing}: ${outcome}` : outcome;
  const strip = days && stripOf(days);
  return html`<tr${strip === undefined ? html`` : facts(strip)}><th scope="row">${name}</th><td><bdi>${what}</bdi>${who}</td><td>${strip?.picture ?? html``}</td><td>${access}</td><td>${by}</td><td>${last}</td></tr>
`;
}

/** What the script sorts by. */
function facts({ troubled, silent }: Strip): Html {
  return html`${troubled === 0 ? html`` : html` data-troubled="${String(troubled)}"`}${silent === 0 ? html`` : html` data-silent="${String(silent)}"`}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** As a page's policy names its own style or script. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
