import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { NewmanRunExecution, NewmanRunSummary } from 'newman';
import { packageFolder } from '../package-folder';
import type { ReportPage } from './page';

/** The part of a Newman run that the reporter reads. */
export interface Account {
  readonly executions: readonly NewmanRunExecution[];
  readonly failures: NewmanRunSummary['run']['failures'];
  readonly stats: { requests: { total?: number | undefined }; assertions: { total?: number | undefined } };
  readonly timings: { started?: number; completed?: number; responseAverage: number };
  readonly transfers: { responseTotal: number };
}

interface Export {
  readonly content: string;
}

type Reporter = new (emitter: EventEmitter, options: object, runOptions: object) => unknown;

const template = path.join(packageFolder, 'scripts/report/report.hbs');

/**
 * One self-contained page by newman-reporter-htmlextra, from our template: the reporter's own template loads styles and
 * scripts from other servers. The reporter gets an emitter of ours, whose summary holds the page and the account.
 */
export function renderPage(page: ReportPage, account: Account): string {
  const Htmlextra = require('newman-reporter-htmlextra') as Reporter;
  const collection = { name: 'evergrant', page, styleHash: styleHash() };
  const exports: Export[] = [];
  const emitter = Object.assign(new EventEmitter(), { summary: { collection, run: account }, exports });
  new Htmlextra(emitter, { template, title: page.title, browserTitle: page.title }, {});
  emitter.emit('beforeDone');
  return exports[0]?.content ?? '';
}

/** The hash of the style, which is all that the page's policy allows. */
function styleHash(): string {
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(fs.readFileSync(template, 'utf8')) ?? [];
  return `sha256-${createHash('sha256').update(style).digest('base64')}`;
}
