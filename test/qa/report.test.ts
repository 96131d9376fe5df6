import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QaRun } from '../../scripts/qa/play/result';
import { writeQaReport } from '../../scripts/qa/report/write';
import { playAll } from './support/played';
import { hostile, hostilePlays, mixed } from './support/plays';

const folders = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-qa-report-'));
afterAll(() => fs.rmSync(folders, { recursive: true }));

let count = 0;
function report(run: QaRun, folder = `${(count += 1)}`): Record<'page' | 'junit' | 'json', string> {
  const files = writeQaReport({ folder: path.join(folders, folder) }, { run, recording: '' }, new Set());
  const [page = '', junit = '', json = ''] = files.map((file) => fs.readFileSync(file, 'utf8'));
  return { page, junit, json };
}

function modeOf(...place: string[]): number {
  return fs.statSync(path.join(folders, ...place)).mode & 0o777;
}

let run: QaRun;
let hostileRun: QaRun;
beforeAll(async () => {
  run = await playAll(mixed);
  hostileRun = await playAll(hostilePlays);
});

describe('the files of a QA report', () => {
  test('are their owner’s only, in a folder that is made', () => {
    const files = writeQaReport({ folder: path.join(folders, 'made', 'deep') }, { run, recording: '' }, new Set());
    expect(files.map((file) => [path.relative(folders, file), modeOf(path.relative(folders, file))])).toEqual([
      [path.join('made', 'deep', 'qa.html'), 0o600],
      [path.join('made', 'deep', 'qa.junit.xml'), 0o600],
      [path.join('made', 'deep', 'qa.json'), 0o600],
      [path.join('made', 'deep', 'qa.recording.json'), 0o600],
    ]);
    expect([modeOf('made'), modeOf('made', 'deep')]).toEqual([0o700, 0o700]);
  });

  test('take the place of older ones, whoever could read those', () => {
    fs.mkdirSync(path.join(folders, 'old'));
    fs.writeFileSync(path.join(folders, 'old', 'qa.json'), '{"seed": "of old"}', { mode: 0o644 });
    expect(report(run, 'old').json).not.toContain('of old');
    expect(modeOf('old', 'qa.json')).toBe(0o600);
  });

  test.each([
    ['whose folder cannot be made', 'taken/deep', 'taken'],
    ['one of which cannot be written', 'full', 'full/qa.html/taken'],
  ])('%s: the failure says where', (_, folder, taken) => {
    fs.mkdirSync(path.dirname(path.join(folders, taken)), { recursive: true });
    fs.writeFileSync(path.join(folders, taken), '');
    const failure = { kind: 'invalid', code: 'no_report_folder', message: expect.stringContaining(folder) };
    expect(() => report(run, folder)).toThrow(expect.objectContaining(failure));
  });
});

describe('qa.json', () => {
  const step = { row: 0, position: 0, status: 200, durationMs: expect.any(Number), complaints: [] };
  const [status, body] = ['the status is right', 'the body is right'];
  const isBlank = 'it can be sent: the client id is blank';
  const is400 = `${status}: expected 400 to equal 200`;
  const isSame = `${body}: expected 'same' to equal 'new'`;

  test('has the counts, and each step of each scenario', () => {
    expect(JSON.parse(report(run).json)).toEqual({
      seed: '42',
      startedAt: '2026-11-22T10:00:00.000Z',
      durationMs: 83_210,
      passed: 1,
      failed: 2,
      notRun: 1,
      scenarios: [
        {
          id: 'QA-010',
          title: 'All is well',
          outcome: 'passed',
          durationMs: 1234,
          steps: [{ ...step, name: 'Exchange code', tests: [status] }],
        },
        {
          id: 'QA-020',
          title: 'Nothing is well',
          outcome: 'failed',
          durationMs: 1234,
          steps: [
            { ...step, name: 'Held back', status: null, tests: ['it can be sent'], complaints: [isBlank] },
            { ...step, name: 'Refused', position: 1, tests: [status], complaints: [is400] },
            { ...step, name: 'Silent', position: 2, tests: [], complaints: ['nothing was tested'] },
          ],
        },
        { id: 'QA-030', title: 'Nobody came', outcome: 'not_run', durationMs: 0, steps: [] },
        {
          id: 'QA-040',
          title: 'A table',
          outcome: 'failed',
          durationMs: 1234,
          steps: [
            { ...step, name: 'Ask', tests: [body] },
            { ...step, name: 'Ask', row: 1, tests: [body], complaints: [isSame] },
          ],
        },
      ],
    });
  });

  test('holds hostile values as they are', () => {
    expect(JSON.parse(report(hostileRun).json)).toMatchObject({ scenarios: [{ title: `Title ${hostile}` }] });
  });
});

describe('qa.junit.xml', () => {
  test('has a test case for each scenario, by its id; one that was not run is skipped', () => {
    expect(report(run).junit).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="2" errors="0" skipped="1">
  <testsuite name="evergrant QA" timestamp="2026-11-22T10:00:00.000Z" time="83.21" tests="4" failures="2" errors="0" skipped="1">
    <properties>
      <property name="seed" value="42"/>
    </properties>
    <testcase classname="All is well" name="QA-010" time="1.234"/>
    <testcase classname="Nothing is well" name="QA-020" time="1.234">
      <failure message="Held back: it can be sent: the client id is blank" type="failed"><![CDATA[Held back: it can be sent: the client id is blank
Refused: the status is right: expected 400 to equal 200
Silent: nothing was tested]]></failure>
    </testcase>
    <testcase classname="Nobody came" name="QA-030" time="0">
      <skipped/>
    </testcase>
    <testcase classname="A table" name="QA-040" time="1.234">
      <failure message="Ask, row 2: the body is right: expected 'same' to equal 'new'" type="failed"><![CDATA[Ask, row 2: the body is right: expected 'same' to equal 'new']]></failure>
    </testcase>
  </testsuite>
</testsuites>`);
  });

  test('ends nothing early, and has no character that XML has not', () => {
    expect(report(hostileRun).junit).not.toMatch(
      /[\0-\x08\x0b\x0e-\x1f\ufffe]|(name|message)="[^"]*<|]]>(?!<\/failure>)/,
    );
  });
});

describe('qa.html', () => {
  test('shows a step’s own request and those of its scripts', () => {
    const [, step = ''] = /Exchange code<\/span>(.*?)<\/li>\n/s.exec(report(run).page) ?? [];
    const lines = [...step.matchAll(/<b>(\w+ [^<]*)<\/b>/g)].map(([, line = '']) => line.replace(/http.*:\d+/, ''));
    expect(lines).toEqual(['POST /token', '200 OK', 'GET /follow-up', '200 OK']);
  });

  test('says what became of each step, also of one that was never sent', () => {
    const answers =
      /<span class="name">([^<]*)<\/span><span class="meta"><span class="unseen">([^<]*), <\/span>([^<,]*)/g;
    expect([...report(run).page.matchAll(answers)].map(([, ...told]) => told.join(': '))).toEqual([
      'Exchange code: passed: 200',
      'Held back: failed: nothing sent',
      'Refused: failed: 200',
      'Silent: failed: 200',
      'Ask: passed: 200',
      'Ask: failed: 200',
    ]);
  });

  test.each([
    ['2 of 4 scenarios failed, 1 was not run', ['QA-010', 'QA-020', 'QA-030', 'QA-040']],
    ['All 2 scenarios passed', ['QA-010', 'QA-010']],
    ['The scenario passed', ['QA-010']],
    ['1 of 1 scenario failed', ['QA-020']],
    ['2 of 3 scenarios were not run', ['QA-010', 'QA-030', 'QA-030']],
    ['No scenario was chosen', []],
  ])('begins with the result in words: %s', (heading, ids) => {
    const results = ids.flatMap((id) => run.results.filter((result) => result.id === id));
    expect(report({ ...run, results }).page).toContain(`<h1>${heading}</h1>`);
  });

  test.each(['mixed', 'hostile'])('asks for nothing and runs nothing, also where all is %s', (which) => {
    const { page } = report(which === 'mixed' ? run : hostileRun);
    const tags = [...page.matchAll(/<([a-z]\w*)([^>]*)>/gi)].map(([, name = '', attributes = '']) => [
      name,
      attributes,
    ]);
    expect(tags.filter(([name = '']) => /^(script|img|svg|link|iframe|object|form|base)$/i.test(name))).toEqual([]);
    expect(tags.filter(([, attributes = '']) => /\s(on\w+|src|style)=/.test(attributes))).toEqual([]);
    expect(page.match(/href="(?!#)[^"]*"|url\(|@import/g)).toBeNull();
    expect(page).toMatch(
      /Policy" content="default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'"/,
    );
  });
});
