import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { recordSteps, runWith } from '../proofs/support/stepped-program';
import { answerWith } from '../support/servers/xero-server';
import { forgedStates } from '../support/states';
import { count, emptyResult, type Attack, type AttackResult } from './attack';
import { chosen, connected, countLeaks, countLost, expectThat, inArena, type Arena } from './support/arena';
import { callbackOf, linkFor } from './support/links';
import { startListener, type Listener } from './support/listener';

const stranger = { tenantId: '99999999-0000-4000-8000-000000000009', tenantName: 'Strangers Ltd' };

async function withListener(
  play: (arena: Arena, listener: Listener, result: AttackResult) => Promise<void>,
): Promise<AttackResult> {
  const result = emptyResult();
  await inArena(async (arena) => {
    connected(arena, 'acme');
    const listener = await startListener(arena.place);
    try {
      await play(arena, listener, result);
      expectThat(result, await listener.isHealthy(), 'listen is gone');
      countLeaks(result, listener.running.said(), arena, 'the log of listen');
    } finally {
      await listener.stop();
    }
  });
  return result;
}

const expressions = [
  '{{code}}{{code}}{{code}}',
  '{{client_secret}}',
  '{{refresh_token}}',
  '{{$randomBankAccount}}',
  '{{vault:xero-secret}}',
  '{{callback_url}}{{callback_url}}',
  'x{{access_token}}y',
  '}}{{client_secret}}{{',
  '\u0000\r\nHost: elsewhere',
  'x'.repeat(5000),
];

const inCallbacks: Attack = {
  name: 'expressions, line breaks and floods as code, state, error and description of a callback',
  kind: 'links',
  run: (scale, random) =>
    withListener(async (arena, listener, result) => {
      const { state } = linkFor(arena, 'acme');
      const queries = expressions.flatMap((bad) => [
        new URLSearchParams({ code: bad, state }).toString(),
        new URLSearchParams({ code: 'x', state: bad }).toString(),
        new URLSearchParams({ error: bad, error_description: bad, state }).toString(),
        `code=${encodeURIComponent(encodeURIComponent(bad))}&state=${state}`,
      ]);
      for (const query of chosen(queries, 12, scale, random)) {
        const { status, text } = await listener.ask(query);
        result.tried += 1;
        expectThat(result, status >= 400, `a callback with ${query.slice(0, 40)} was answered with ${status}`);
        countLeaks(result, text, arena, 'a page');
      }
      const sent = JSON.stringify(arena.xero.requests.map(({ form, path }) => [form['code'], path]));
      countLeaks(result, sent, arena, 'what was sent as a code');
      countLost(result, arena, 'acme', 'strange callbacks');
    }),
};

const inAnswers: Attack = {
  name: 'expressions as tokens and names in answers',
  kind: 'links',
  run: async (scale, random) => {
    const result = emptyResult();
    const bad = [
      '{{client_secret}}',
      '{{refresh_token}}{{refresh_token}}',
      'two lines\nX: y',
      'quoted"',
      'x'.repeat(20_000),
    ];
    const places = ['access_token', 'refresh_token'];
    const cases = bad.flatMap((value) => places.map((place) => ({ value, place })));
    await inArena(async (arena) => {
      const { xero, place } = arena;
      for (const { value, place: key } of chosen(cases, 2, scale, random)) {
        const before = connected(arena, 'acme');
        const set = { access_token: 'at', refresh_token: 'rt', expires_in: 1800, token_type: 'Bearer', [key]: value };
        xero.next('token', answerWith(200, JSON.stringify(set)));
        const { code, stdout, stderr } = await place.run(['refresh', 'acme', '--force', '--patience', '0s']);
        result.tried += 1;
        const what = `a ${key} like ${JSON.stringify(value.slice(0, 20))}`;
        expectThat(result, code === 6 || code === 4, `${what} ends with ${code}: ${stderr.trim()}`);
        const rows = place.rows('acme');
        expectThat(result, rows[key] === before[key], `${what} came into the file`);
        countLeaks(result, stdout + stderr, arena, 'the talk');
        xero.forget();
        const next = await place.run(['refresh', 'acme', '--force']);
        expectThat(result, next.code === 0, `after ${what} the next run ends with ${next.code}: ${next.stderr.trim()}`);
        countLost(result, arena, 'acme', what);
      }
    });
    return result;
  },
};

const names: Attack = {
  name: 'organisations with the names of expressions, escape sequences and bidi controls',
  kind: 'links',
  run: () =>
    withListener(async (arena, listener, result) => {
      const tenantName = `{{client_secret}}\u001b[2J\r\nacme: connected to Other\u202e${'x'.repeat(500)}`;
      const { status, text } = await listener.ask(callbackOf(arena, linkFor(arena, 'acme'), { tenantName }));
      result.tried += 1;
      expectThat(result, status === 200, `such a name keeps a consent from being finished: ${status}`);
      const name = arena.place.rows('acme')['tenant_name'] ?? '';
      const isPlain = (said: string): boolean => !/\{\{|\u001b|\u202e/.test(said);
      expectThat(
        result,
        isPlain(name) && !/\n/.test(name) && name.length <= 200,
        `the name was saved as ${JSON.stringify(name)}`,
      );
      expectThat(result, isPlain(listener.running.said()), 'the log has the raw name');
      expectThat(result, isPlain(text), 'the page has the raw name');
    }),
};

const used: Attack = {
  name: 'a used link, opened again by somebody else, and a fresh one for another organisation',
  kind: 'links',
  run: () =>
    withListener(async (arena, listener, result) => {
      const { place } = arena;
      const link = linkFor(arena, 'acme');
      const isOk = async (query: string): Promise<boolean> => {
        result.tried += 1;
        return (await listener.ask(query)).status === 200;
      };
      expectThat(result, await isOk(callbackOf(arena, link)), 'the first consent was refused');
      const { tenant_id: own = '' } = place.rows('acme');
      const strangers: [string, string][] = [
        ['a used link', callbackOf(arena, link, stranger)],
        ['another person’s use of a used link', callbackOf(arena, link, { ...stranger, userId: 'another-person' })],
        ['a fresh link', callbackOf(arena, linkFor(arena, 'acme', { t: Math.floor(Date.now() / 1000) + 2 }), stranger)],
      ];
      for (const [what, query] of strangers) {
        const isTaken = await isOk(query);
        if (isTaken || place.rows('acme')['tenant_id'] !== own) count(result, 'crossed', `${what} moved acme`);
        countLost(result, arena, 'acme', what);
      }
      expectThat(result, await isOk(callbackOf(arena, link)), 'the same person and organisation was refused');
      countLost(result, arena, 'acme', 'a second consent');
    }),
};

const forged: Attack = {
  name: 'forged, altered, expired and swapped states',
  kind: 'links',
  run: (scale, random) =>
    withListener(async (arena, listener, result) => {
      const secret = arena.place.rows('acme')['client_secret'] ?? '';
      const before = arena.place.rows('acme');
      const numRuns = scale === 'long' ? 2000 : 60;
      const old = fc.sample(forgedStates(secret, new Date()), { numRuns, seed: Math.floor(random() * 2 ** 31) });
      const { client_id: clientId = '', redirect_uri: redirectUri = '' } = before;
      const good = linkFor(arena, 'acme').state;
      const states = [
        ...old.map(({ state }) => state),
        `${good}A`,
        good.replace('eg2.', 'eg1.'),
        good.replace('eg2.', 'egp1.'),
        linkFor(arena, 'acme', { n: 'other' }).state,
        linkFor(arena, 'acme', { u: 1 }).state,
        createHash('sha256')
          .update(clientId + redirectUri)
          .digest('base64url'),
      ];
      for (const state of states) {
        const { status } = await listener.ask(new URLSearchParams({ code: 'a-code', state }).toString());
        result.tried += 1;
        if (status < 400) count(result, 'crossed', `the state ${state.slice(0, 40)}… was taken`);
      }
      expectThat(result, arena.xero.requests.length === 0, 'Xero was asked for a forged state');
      expectThat(result, JSON.stringify(arena.place.rows('acme')) === JSON.stringify(before), 'the file was changed');
    }),
};

const unjudged: Attack = {
  name: 'an unexpected organisation, with /connections silent or the process killed at any moment',
  kind: 'links',
  run: async (scale, random) => {
    const result = emptyResult();
    await inArena(async (arena) => {
      const { xero, place } = arena;
      const args = (): string[] => [
        'exchange',
        'acme',
        `https://x.invalid/?${callbackOf(arena, linkFor(arena, 'acme', { x: 1 }), stranger)}`,
      ];
      const prepare = (): Record<string, string> =>
        connected(arena, 'acme', { tenant_id: 'held-1', tenant_name: 'Maple Bakery', expected_tenant: 'held-1' });
      const judge = async (before: Record<string, string>, what: string): Promise<void> => {
        result.tried += 1;
        xero.forget();
        const { code, stdout } = await place.run(['token', 'acme']);
        if (code === 0 && stdout.trim() !== before['access_token']) count(result, 'crossed', `token after ${what}`);
        if (place.rows('acme')['tenant_id'] !== 'held-1') count(result, 'crossed', `the organisation after ${what}`);
        countLost(result, arena, 'acme', what);
      };
      prepare();
      const { steps } = await recordSteps(place.folder, args());
      const silent = prepare();
      xero.next('connections', answerWith(503, ''), answerWith(503, ''), answerWith(503, ''));
      await place.run(args());
      await judge(silent, 'a 503 of /connections');
      const numbers = Array.from({ length: steps.length }, (_, at) => at + 1);
      for (const step of chosen(numbers, 2, scale, random)) {
        const before = prepare();
        await runWith({ kill: { step, side: 'after' } }, place.folder, args());
        await judge(before, `a kill after step ${step}`);
      }
    });
    return result;
  },
};

export const attacks: Attack[] = [inCallbacks, inAnswers, names, used, forged, unjudged];
