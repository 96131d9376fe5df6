import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeQaReport } from '../../scripts/qa/report/write';
import { expectNoSecret } from '../support/leaks';
import { playAll, type Play } from './support/played';
import { failing, passes } from './support/plays';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-qa-secrets-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function textsOf(play: Play, secrets: readonly string[], seed?: string): Promise<string[]> {
  const files = writeQaReport({ folder }, { run: await playAll([play], seed), recording: '' }, new Set(secrets));
  return files.slice(0, 3).map((file) => fs.readFileSync(file, 'utf8')); // the recording is made elsewhere
}

const placesOfResults = ['title', 'given', 'note', 'row', 'step', 'test', 'passed', 'complaint', 'seed'];
const secrets = [...placesOfResults, 'url', 'header', 'body'].map(canary);

function canary(place: string): string {
  return `canary/+=${place}"<&>'/${'0123456789'.repeat(4)}`;
}

function unicode(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

type Write = (text: string) => string;
const asIs: Write = (text) => text;
const jsonEscaped: Write = (text) => JSON.stringify(text).slice(1, -1);

const twice: Write = (text) => encodeURIComponent(encodeURIComponent(text));

/** How a secret is written; how in a URL, and in a body. */
const ways: readonly (readonly [string, Write, Write, Write])[] = [
  ['as it is', asIs, asIs, asIs],
  ['URL-encoded', encodeURIComponent, encodeURIComponent, encodeURIComponent],
  ['URL-encoded twice', twice, encodeURIComponent, twice],
  ['form-encoded', ...three((text) => new URLSearchParams({ a: text }).toString().slice(2))],
  ['JSON-escaped', jsonEscaped, asIs, (text) => JSON.stringify({ text })],
  ['JSON-escaped by code points', asIs, asIs, (text) => `{"a":"${text.replaceAll(/\W/g, unicode)}"}`],
  ['in base64', ...three((text) => Buffer.from(`id:${text}`).toString('base64'))],
  ['in base64url', ...three((text) => Buffer.from(`1${text}2`).toString('base64url'))],
  ['hexadecimal', ...three((text) => Buffer.from(text).toString('hex'))],
];

function three(write: Write): [Write, Write, Write] {
  return [write, write, write];
}

describe('no secret is in a report', () => {
  test.each(ways)('written %s, wherever it may stand', async (_, write, writeUrl, writeBody) => {
    const at = (place: string): string => write(canary(place));
    const passed = `pm.test(${JSON.stringify(at('passed'))}, () => {});`;
    const step = {
      name: `Step ${at('step')}`,
      address: `?a=${writeUrl(canary('url'))}`,
      said: at('header'),
      body: writeBody(canary('body')),
      test: failing(`the test ${at('test')}`, at('complaint')) + passed,
    };
    const description = `**Given** ${at('given')}\n\nNote ${at('note')}`;
    const rows = [{ key: at('row') }, { key: '' }];
    const play = { id: 'QA-010', title: at('title'), description, rows, steps: [step] };
    const texts = await textsOf(play, secrets, at('seed'));
    texts.forEach((text, index) => expectNoSecret(text, secrets, `file ${index}`));
    expect(texts.map((text) => text.includes('[secret]'))).toEqual([true, true, true]);
  });

  test.each([
    ['passed', passes, 400],
    ['failed', failing('it', 'fails'), 8000],
  ])('not even the half before the cut of a long body, in a scenario that %s', async (_, test, length) => {
    const secret = canary('cut');
    const bodies = [10, 30, 50].map((before) => `${'.'.repeat(length - before)}${secret}${'.'.repeat(90)}`);
    const steps = bodies.map((body) => ({ name: 'Long', body, test }));
    const [page] = await textsOf({ id: 'QA-010', title: 'Long', steps }, [secret]);
    expect(page).toContain('more characters');
    expect(page).not.toContain('canary');
  });

  test('nor are credentials and cookies that nobody named', async () => {
    const before = [
      `pm.request.headers.add({ key: 'Authorization', value: 'Bearer unnamed-credential' });`,
      `pm.request.headers.add({ key: 'Proxy-Authorization', value: 'unnamed-credential' });`,
      `pm.request.headers.add({ key: 'Cookie', value: 'session=unnamed-cookie' });`,
    ].join('');
    const [page] = await textsOf({ id: 'QA-010', title: 'A', steps: [{ name: 'Ask', before, test: passes }] }, []);
    expect(page).toMatch(/Authorization: Bearer \[secret\]\nProxy-Authorization: \[secret\]\nCookie: \[secret\]/);
    expect(page).not.toContain('unnamed');
  });
});
