import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Exchange } from '../../scripts/newman/steps';
import { openRecording } from '../../scripts/qa/recording/recording';
import { expectNoSecret } from '../support/leaks';
import { answered, base64, baseUrl, exchange, get, jwtOf, postForm, withHeader } from './support/exchanges';
import { recordRun, sampleScenarios, type RecordedRun } from './support/recorded-run';

describe('two runs with the same seed against two fresh sandboxes', () => {
  let runs: RecordedRun[];
  beforeAll(async () => {
    const scenarios = sampleScenarios();
    runs = await Promise.all([recordRun(scenarios, '7'), recordRun(scenarios, '7')]);
  }, 300_000);

  test('leave the same recording, byte for byte', () => {
    expect(runs[0]?.text).toBe(runs[1]?.text);
  });

  test('leave no secret in it', () => {
    const secrets = [...(runs[0]?.secrets ?? [])];
    expect(secrets.length).toBeGreaterThan(10);
    expectNoSecret(runs[0]?.text ?? '', secrets, 'the recording');
  });
});

describe('no secret is in a recording', () => {
  const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/');
  /** As random as secrets are: two that have twenty characters in common are one. */
  const secret = fc.tuple(fc.nat(), fc.integer({ min: 19, max: 80 })).map(([number, length]) => {
    const bytes = [0, 1].flatMap((half) => [...createHash('sha512').update(`${number} ${length} ${half}`).digest()]);
    return `${bytes
      .slice(0, length)
      .map((byte) => alphabet[byte % alphabet.length])
      .join('')}7`;
  });
  const url = encodeURIComponent;

  /** Where it is a secret by its name. */
  const sources: readonly ((value: string) => Exchange)[] = [
    (value) => answered({ refresh_token: value }),
    (value) => answered([{ key: 'client_secret', value }]),
    (value) => answered({ url: `http://a.example/?code=${url(value)}` }),
    (value) => answered({ access_token: jwtOf({ sid: value }) }),
    (value) => exchange(get(baseUrl), `{"id_token":"${value}","access_to`),
    (value) => exchange(get(`${baseUrl}/authorize?state=${url(value)}&code_challenge=x`)),
    (value) => exchange(get(baseUrl), '', { Location: `/login?to=%2F%3Fcode_challenge%3D${url(url(value))}` }),
    (value) => exchange(postForm('code_verifier', value)),
    (value) => exchange(withHeader('Authorization', `Bearer ${value}`)),
    (value) => exchange(withHeader('Authorization', `Basic ${base64(`app:${value}`)}`)),
  ];

  /** Where nothing says that it is one. */
  const places: readonly ((text: string) => Exchange)[] = [
    (text) => answered({ message: [`it was ${text}`] }),
    (text) => answered({ [text]: 1 }),
    (text) => answered({ id_token: jwtOf({ remark: text }) }),
    (text) => exchange(get(baseUrl), `<html><p>${text}</p></html>`),
    (text) => exchange(get(baseUrl), `{"x":"${text.replaceAll('/', '\\/')}","cut`),
    (text) => exchange(get(baseUrl), '', { 'X-Rate-Limit-Problem': text, Location: `/at/${text}` }),
    (text) => exchange(get(baseUrl), '', { 'WWW-Authenticate': `Bearer error="${text}"` }),
    (text) => exchange(get(`${baseUrl}/${text}/x`)),
    (text) => exchange(postForm('x', text)),
    (text) => exchange({ url: baseUrl, method: 'POST', body: { mode: 'raw', raw: `x ${text}` } }),
    (text) => exchange(withHeader('xero-tenant-id', text)),
  ];
  const encodings: readonly ((value: string) => string)[] = [
    (value) => value,
    url,
    (value) => url(url(value)),
    (value) => new URLSearchParams({ s: value }).toString().slice(2),
    (value) => Buffer.from(value).toString('hex'),
    (value) => base64(`a${value}`),
    (value) => Buffer.from(`ab${value}cd`).toString('base64url'),
  ];

  const appearance = fc.record({
    source: fc.constantFrom(...sources),
    again: fc.array(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...encodings)), { maxLength: 4 }),
    isFirst: fc.boolean(),
    value: secret,
  });
  const runs = fc.array(fc.array(appearance, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 });

  test('whatever it is called, wherever and however it turns up again, before or after', () => {
    fc.assert(
      fc.property(runs, (scenarios) => {
        const recording = openRecording({ seed: '1', baseUrl });
        for (const [at, appearances] of scenarios.entries()) {
          recording.scenario(`QA-00${at}`);
          for (const { source, again, isFirst, value } of appearances) {
            const others = again.map(([place, encode]) => place(encode(value)));
            const all = isFirst ? [source(value), ...others] : [...others, source(value)];
            for (const one of all) recording.add(one);
          }
        }
        const secrets = scenarios.flat().map(({ value }) => value);
        expectNoSecret(recording.text(), secrets, 'the recording');
      }),
      { numRuns: 200 },
    );
  });
});
