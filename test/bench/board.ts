import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { daysCounted, DayCounter, firstDayAt } from '../../scripts/history/days';
import { statusPage, type BoardRow } from '../../scripts/status/page/page';
import { byUrgency, statusRow } from '../../scripts/status/rows';
import { dayMs } from '../../scripts/text/duration';
import { launchChromium } from '../support/browser/chromium';
import { environmentOf } from '../support/environments';

/**
 * How long the page of `status --html` takes: to make, to be seen in Chromium, and to search and sort.
 * `npm run board -- --rows 10000`; `--page FILE` keeps the page.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000' }, page: { type: 'string' } } });
  const now = new Date();
  const [rows, history] = fleet(Number(values.rows), now);
  const begun = performance.now();
  const text = statusPage(rows, history, now);
  const generatedMs = performance.now() - begun;
  const file = values.page ?? path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'board-')), 'board.html');
  fs.writeFileSync(file, text);
  const seen = await look(file);
  const figures = { rows: rows.length, megabytes: text.length / 1e6, generatedMs, ...seen };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(20)} ${Math.round(value * 10) / 10}`);
}

/** Connections with sixty days each: most of them steady, some that flap, some with silences, some failing. */
function fleet(count: number, now: Date): [BoardRow[], ReturnType<DayCounter['history']>] {
  const counter = new DayCounter(now);
  const rows = Array.from({ length: count }, (_, at): BoardRow => {
    const name = `customer-${at}`;
    const lives = at % 200 !== 7;
    for (let day = 0; day < daysCounted; day++) {
      const atMs = firstDayAt(now).getTime() + day * dayMs + 3_600_000;
      if (at % 50 === 3 && day % 9 < 3) continue;
      const fails = (at % 20 === 5 && day % 4 === 0) || (!lives && day > 50);
      if (fails) counter.add(name, atMs, 'temporary_failure');
      if (!fails || day % 8 === 0) counter.add(name, atMs + 60_000, 'refreshed');
    }
    const environment = environmentOf(
      {
        app_type: 'web',
        access_token: 'a',
        refresh_token: 'r',
        access_token_expires_at: new Date(now.getTime() + 1_700_000).toISOString(),
        refresh_token_expires_at: new Date(now.getTime() + 59 * dayMs).toISOString(),
        tenant_name: `Organisation ${at} Limited`,
        generation: '7',
      },
      name,
    );
    const outcome = lives ? 'refreshed' : 'temporary_failure';
    const last = { at: now, since: now, outcome, move: null } as const;
    return { ...statusRow(environment, last, now), consentedBy: `Person ${at} (person-${at}@example.com)` };
  });
  return [byUrgency(rows), counter.history()];
}

async function look(file: string): Promise<Record<string, number>> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    const paintMs = await page.evaluate<number>(
      `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries()[0].startTime)).observe({ type: 'paint', buffered: true }))`,
    );
    return {
      firstPaintMs: paintMs,
      openAllMs: await timed(page, `document.querySelectorAll('details').forEach((one) => { one.open = true; })`),
      firstSearchMs: await timed(page, type('person-9999@')),
      secondSearchMs: await timed(page, type('organisation 77')),
      clearMs: await timed(page, type('')),
      sortMs: await timed(page, `const sort = document.forms[0].elements.sort; sort.value = 'troubled'; ${tell}`),
    };
  } finally {
    await browser.close();
  }
}

const tell = `document.forms[0].dispatchEvent(new Event('input', { bubbles: true }))`;
const type = (text: string): string => `document.forms[0].elements.search.value = ${JSON.stringify(text)}; ${tell}`;

/** How long it takes until the next picture is drawn. */
function timed(page: { evaluate<T>(script: string): Promise<T> }, action: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const begun = performance.now();
    ${action};
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - begun;
  })()`);
}

void main();
