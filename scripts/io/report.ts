import type { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { scrub } from '../core/scrub';
import { invalid, systemCode } from '../errors';

/** Makes a report of each Newman run it is attached to. */
export interface Reports {
  attach(emitter: EventEmitter, environment: string, request: string, secrets: ReadonlySet<string>): void;
  /** The files written so far. */
  readonly files: readonly string[];
  /** Why the last page could not be written: no reason to fail a refresh that is saved. */
  problem(): string | undefined;
}

interface Export {
  readonly content: string;
}

type Reporter = new (emitter: EventEmitter, options: object, runOptions: object) => unknown;

/**
 * Reports by newman-reporter-htmlextra, one page a run, 0600. The page is taken from the reporter before it reaches a
 * disk, and every secret is scrubbed from it by value.
 * @throws Failure `invalid` when the folder cannot be made
 */
export function htmlReports(folder: string): Reports {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw invalid(
      'no_report_folder',
      `cannot make ${folder} (${systemCode(error)})`,
      'name another folder with --report',
      error,
    );
  }
  const Htmlextra = require('newman-reporter-htmlextra') as Reporter;
  const files: string[] = [];
  let problem: string | undefined;
  const attach: Reports['attach'] = (emitter, environment, request, secrets) => {
    const title = `evergrant: ${request}, ${environment}`;
    new Htmlextra(emitter, { title, browserTitle: title, skipSensitiveData: false, omitHeaders: false }, {});
    // Registered after the reporter's own listener, so its page is there; taken, so Newman writes nothing.
    emitter.on('beforeDone', () => {
      const [page] = (emitter as EventEmitter & { exports: Export[] }).exports.splice(0);
      const file = freeName(folder, environment, request, files);
      files.push(file);
      problem = writePage(file, scrub(page?.content ?? '', secrets));
    });
  };
  return { attach, files, problem: () => problem };
}

function writePage(file: string, page: string): string | undefined {
  try {
    fs.writeFileSync(file, page, { mode: 0o600 });
    fs.chmodSync(file, 0o600);
    return undefined;
  } catch (error) {
    return `the report ${file} could not be written (${systemCode(error)})`;
  }
}

/** `acme-refresh-tokens.html`, and `-2`, `-3` for the further tries of one run. */
function freeName(folder: string, environment: string, request: string, taken: readonly string[]): string {
  const stem = path.join(folder, `${environment}-${request.toLowerCase().replaceAll(' ', '-')}`);
  const tries = taken.filter((file) => file.startsWith(`${stem}.`) || file.startsWith(`${stem}-`)).length;
  return tries === 0 ? `${stem}.html` : `${stem}-${tries + 1}.html`;
}
