import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareRecordings } from '../../scripts/qa/compare-run';
import type { RecordedAnswer, RecordedExchange, Recording } from '../../scripts/qa/recording/recording-file';
import { listening } from './support/recorded-run';

let folder: string;
beforeAll(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'qa-compare-'))));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const json = {
  access_token: '‹jwt 1›',
  expires_in: 1800,
  scope: 'openid',
  list: [{ id: '‹uuid 1›', at: '‹#seconds 0m›' }],
};
const tokens: RecordedAnswer = { status: 200, headers: { 'content-type': 'application/json' }, body: { json } };

function withJson(change: object): RecordedAnswer {
  return { ...tokens, body: { json: { ...json, ...change } } };
}

function withHeader(name: string, value: string): RecordedAnswer {
  return { ...tokens, headers: { ...tokens.headers, [name]: value } };
}

function exchangeOf(step: string, answer: RecordedAnswer | null, address = 'connect/token'): RecordedExchange {
  const request = { method: 'POST', url: `‹base›/${address}`, headers: {}, body: {} };
  return { row: 0, position: 0, step, request, answer };
}

function recordingOf(
  exchanges: RecordedExchange[],
  id = 'QA-010',
  claims: object = { exp: '‹#seconds 30m›' },
): Recording {
  const scenario = { exchanges, jwts: { 'jwt 1': claims }, complaints: [] };
  return { recording: 'evergrant qa', version: 1, seed: '1', scenarios: { [id]: scenario } };
}

/** Both have one answer, given to a step "Ask". */
function pairOf(live: RecordedAnswer | null, sandbox: RecordedAnswer | null): [Recording, Recording] {
  return [recordingOf([exchangeOf('Ask', live)]), recordingOf([exchangeOf('Ask', sandbox)])];
}

async function compared(live: unknown, sandbox: unknown, isJson = false): Promise<{ code: number; printed: string[] }> {
  const { context, printed } = listening();
  return { code: await compareRecordings(fileWith(live), fileWith(sandbox), context, { isJson }), printed };
}

function fileWith(content: unknown): string {
  const file = path.join(folder, `${fs.readdirSync(folder).length}.json`);
  fs.writeFileSync(file, JSON.stringify(content));
  return file;
}

const login = 'https://login.xero.com/identity/user/login?ReturnUrl=x';

describe('whether refresh tokens rotate', () => {
  /** A recording in which a refresh token is sent, and one comes back. */
  function refreshed(came: string | undefined): Recording {
    const exchange = exchangeOf('Refresh tokens', withJson({ refresh_token: came }));
    const body = { form: ['grant_type=refresh_token', 'refresh_token=‹token 1›'] };
    return recordingOf([{ ...exchange, request: { ...exchange.request, body } }]);
  }
  /** A live recording, whose refresh the transaction has sent. */
  function live(rotation: 'a new one' | 'the same'): Recording {
    const recording = recordingOf([]);
    const [scenario] = Object.values(recording.scenarios);
    return {
      ...recording,
      scenarios: { 'QA-010': { exchanges: [], jwts: {}, complaints: [], ...scenario, rotation } },
    };
  }

  test.each<[string, Recording, Recording, string[]]>([
    ['both do', live('a new one'), refreshed('‹token 2›'), ['1 scenario compared, no difference']],
    ['neither does', live('the same'), refreshed('‹token 1›'), ['1 scenario compared, no difference']],
    ['Xero’s do not', live('the same'), refreshed('‹token 2›'), ['is the same live, a new one in the sandbox']],
    ['the sandbox’s do not', live('a new one'), refreshed('‹token 1›'), ['is a new one live, the same in the sandbox']],
    ['the sandbox sends none', live('a new one'), refreshed(undefined), ['is a new one live, the same in the sandbox']],
  ])('is seen where %s', async (_, one, other, said) => {
    const { printed } = await compared(one, other);
    expect(printed).toEqual(said.map((text) => expect.stringContaining(text) as string));
  });
});

describe('the sandbox is held against Xero:', () => {
  test.each<[string, RecordedAnswer | null, string]>([
    ['another status', { ...tokens, status: 400 }, 'status is 200 live, 400 in the sandbox'],
    ['a missing key', withJson({ scope: undefined }), 'body.scope is string live, nothing in the sandbox'],
    ['a key too many', withJson({ extra: 1 }), 'body.extra is nothing live, number in the sandbox'],
    ['another type', withJson({ expires_in: '1800' }), 'body.expires_in is number live, string in the sandbox'],
    [
      'an instant that is a text',
      withJson({ list: [{ id: '', at: '‹iso7 0m›' }] }),
      'body.list[].at is number live, string in the sandbox',
    ],
    ['no JWT', withJson({ access_token: '‹token 1›' }), 'body.access_token is JWT live, string in the sandbox'],
    ['a list that is none', withJson({ list: {} }), 'body.list is list live, object in the sandbox'],
    ['a page', { ...tokens, body: { text: '<p>' } }, 'body is JSON live, text in the sandbox'],
    [
      'another media type',
      withHeader('content-type', 'text/html'),
      'header content-type is application/json live, text/html in the sandbox',
    ],
    [
      'a header too many',
      withHeader('retry-after', '‹duration›'),
      'header retry-after is missing live, a number of seconds in the sandbox',
    ],
    ['no answer', null, 'request is answered live, not answered in the sandbox'],
  ])('%s', async (_what, sandbox, told) => {
    expect(await compared(...pairOf(tokens, sandbox))).toEqual({ code: 1, printed: [`QA-010, step "Ask": ${told}`] });
  });

  test('a redirect that leads elsewhere', async () => {
    const elsewhere = withHeader('location', '/identity/error?errorId=‹opaque 1›');
    expect(await compared(...pairOf(withHeader('location', login), elsewhere))).toEqual({
      code: 1,
      printed: [
        'QA-010, step "Ask": header location is /identity/user/login?ReturnUrl live, /identity/error?errorId in the sandbox',
      ],
    });
  });

  test('the claims of a JWT', async () => {
    const sandbox = recordingOf([exchangeOf('Ask', tokens)], 'QA-010', { exp: 'soon' });
    expect(await compared(recordingOf([exchangeOf('Ask', tokens)]), sandbox)).toEqual({
      code: 1,
      printed: ['QA-010, step "Ask": body.access_token.exp is number live, string in the sandbox'],
    });
  });

  test('a second request of a step, but no step that was not played live, nor an order to the sandbox', async () => {
    const orders = [
      exchangeOf('Start afresh', tokens, 'sandbox/world/events'),
      exchangeOf('Ask', tokens, 'sandbox/world/clock'),
    ];
    const others = [exchangeOf('Refresh', tokens), exchangeOf('Ask', tokens), exchangeOf('Ask', tokens)];
    expect(await compared(recordingOf([exchangeOf('Ask', tokens)]), recordingOf([...orders, ...others]))).toEqual({
      code: 1,
      printed: ['QA-010, step "Ask": request is not sent live, answered in the sandbox'],
    });
  });

  test('a step that only Xero was asked', async () => {
    const live = recordingOf([exchangeOf('Ask', tokens), exchangeOf('Ask again', tokens)]);
    expect(await compared(live, recordingOf([exchangeOf('Ask', tokens)]))).toEqual({
      code: 1,
      printed: ['QA-010, step "Ask again": request is answered live, not sent in the sandbox'],
    });
  });

  test('but neither values, nor the length of lists, nor where the server lives', async () => {
    const list = [
      { id: '', at: 1 },
      { id: '', at: 2 },
    ];
    const sandbox = {
      ...withJson({ scope: 'email', list, expires_in: 1200 }),
      headers: { location: '/identity/user/login?ReturnUrl=y', 'content-type': 'application/json; charset=utf-8' },
    };
    const printed = ['1 scenario compared, no difference'];
    expect(await compared(...pairOf(withHeader('location', login), sandbox))).toEqual({
      code: 0,
      printed,
    });
  });

  test('as JSON, too', async () => {
    const { code, printed } = await compared(...pairOf(tokens, withJson({ expires_in: '1800' })), true);
    const difference = {
      scenario: 'QA-010',
      row: 0,
      step: 'Ask',
      what: 'body.expires_in',
      live: 'number',
      sandbox: 'string',
    };
    expect([code, JSON.parse(printed.join(''))]).toEqual([1, { compared: ['QA-010'], differences: [difference] }]);
  });
});

describe('what cannot be compared is refused in one line:', () => {
  test.each([
    ['a file that is no recording', { item: [] }, 'not_a_recording'],
    ['a recording of other scenarios', recordingOf([], 'QA-999'), 'nothing_in_common'],
  ])('%s', async (_what, sandbox, code) => {
    await expect(compared(recordingOf([]), sandbox)).rejects.toMatchObject({ kind: 'invalid', code });
  });
});
