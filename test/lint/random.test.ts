import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import { parseCollection } from '../../scripts/lint/collection';
import { lintCollection } from '../../scripts/lint/rules';
import { collection, event } from './lint-of';

const canary = fc
  .array(fc.constantFrom(...Array.from('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789')), {
    minLength: 24,
    maxLength: 48,
  })
  .map((letters) => `${letters.join('')}7q3Z`);

/** Statements that a generated script is put together from; X is where a value stands. */
const statements = [
  'pm.test(X, () => pm.expect(pm.response.code).to.equal(200));',
  'console.log(X);',
  "pm.environment.set('token', X);",
  'pm.environment.set(X, pm.response.json().a);',
  'tests[X] = true;',
  'const { a: b = X } = pm.response.json();',
  'function f(x) { return f(X); }',
  'if (X) { f(X); }',
  'for (const one of X) { console.log(one); }',
  'eval(X);',
  'pm.sendRequest(X, (error, response) => { console.log(response, X); });',
  'const loop = () => loop(X); loop(loop);',
  'var a = b, b = a; console.log(a);',
  'X.forEach(console.log);',
  'throw X;',
  'class A { static a = X; b() { return X; } }',
  'try { X; } catch { return; } finally { console.log(X); }',
  '{{X}}',
  'const = X',
];

const values = (secret: string): string[] => [
  `'${secret}'`,
  `\`http://${secret}/\``,
  secret,
  `pm.response.json().${secret}`,
  `pm.environment.get('${secret}')`,
  `{ mode: 'formdata', formdata: [{ key: 'grant_type', value: '${secret}' }] }`,
  `responseBody['${secret}']`,
  '[1, 2]',
];

function script(secret: string): fc.Arbitrary<string> {
  const statement = fc
    .tuple(fc.constantFrom(...statements), fc.constantFrom(...values(secret)))
    .map(([text, value]) => text.replaceAll('X', () => value));
  return fc.array(statement, { maxLength: 6 }).map((lines) => lines.join('\n'));
}

/** A text with the canary somewhere, in any of the ways in which one comes into a collection. */
function text(secret: string): fc.Arbitrary<string> {
  return fc.constantFrom(
    secret,
    `Bearer ${secret}`,
    `Basic ${Buffer.from(`id:${secret}`).toString('base64')}`,
    `http://user:${secret}@${secret}.example.com/${secret}?token=${secret}`,
    `{"access_token": "${secret}"}`,
    `{{${secret}}}`,
    `eyJhbGciOiJub25lIn0.${secret}.${secret}`,
    `words and ${secret} more\n\u001b[31m`,
  );
}

function item(secret: string): fc.Arbitrary<object> {
  const any = text(secret);
  const row = fc.record({ key: fc.oneof(any, fc.constantFrom('token', 'client_secret', 'value')), value: any });
  const rows = fc.array(row, { maxLength: 3 });
  const events = fc.array(
    fc
      .tuple(fc.oneof(any, fc.constantFrom('test', 'prerequest')), script(secret))
      .map(([listen, lines]) => event(listen, lines)),
    { maxLength: 2 },
  );
  const body = fc.record({
    mode: fc.constantFrom('formdata', 'raw', 'urlencoded', secret),
    raw: any,
    formdata: rows,
    urlencoded: rows,
  });
  const url = fc.oneof(any, fc.record({ raw: any, protocol: any, host: fc.array(any), query: rows }));
  const auth = fc.record({ type: any, oauth2: rows, bearer: fc.record({ token: any }) });
  const sent = fc.oneof(any, fc.record({ url, body, header: fc.oneof(any, rows), auth, description: any }));
  const request = fc.record({
    name: any,
    request: sent,
    event: events,
    response: fc.array(fc.record({ name: any, body: any })),
  });
  return fc.oneof(
    request,
    fc.record({ name: any, item: fc.array(request, { maxLength: 2 }), event: events, variable: rows }),
  );
}

test('no canary is in any finding, wherever in a collection it stands', () => {
  const planted = canary.chain((secret) =>
    fc.tuple(fc.constant(secret), fc.array(item(secret), { maxLength: 3 }), script(secret)),
  );
  let found = 0;
  fc.assert(
    fc.property(planted, ([secret, items, lines]) => {
      const text = JSON.stringify(
        collection(items, { event: [event('test', lines)], variable: [{ key: secret, value: secret }] }),
      );
      const findings = lintCollection(parseCollection(text, 'x.json'), 'x.json');
      found += findings.length;
      expect(JSON.stringify(findings)).not.toContain(secret);
      // Half of it, and what base64 made of it, would be as bad.
      expect(JSON.stringify(findings)).not.toContain(secret.slice(0, 12));
      expect(JSON.stringify(findings)).not.toContain(Buffer.from(`id:${secret}`).toString('base64'));
    }),
    { numRuns: 200 },
  );
  expect(found).toBeGreaterThan(200);
});

test('a random file is linted or refused, and nothing in it is repeated by the refusal', () => {
  const key = fc.constantFrom(
    'info',
    'item',
    'request',
    'url',
    'raw',
    'event',
    'script',
    'exec',
    'src',
    'name',
    'key',
    'value',
    'auth',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('CANARY')),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
    ),
  }));
  const whole = fc.oneof(
    tree,
    fc.tuple(fc.array(tree), tree).map(([items, more]) => ({ info: {}, item: items, event: more })),
  );
  fc.assert(
    fc.property(whole, (value) => {
      expect(messageOf(JSON.stringify(value))).not.toContain('CANARY');
    }),
    { numRuns: 1000 },
  );
});

test('a random text is refused', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(messageOf(`${value}"CANARY`)).toMatch(/is not JSON/);
    }),
  );
});

test('a file that is nested too deeply is refused', () => {
  const depth = 50_000;
  const deep = `${'{"info":{},"item":['.repeat(depth)}${']}'.repeat(depth)}`;
  expect(messageOf(deep)).toMatch(/nested too deeply/);
});

/** The message of the failure that refuses a text, or '' for one that is linted. */
function messageOf(file: string): string {
  try {
    lintCollection(parseCollection(file, 'x.json'), 'x.json');
    return '';
  } catch (error) {
    if (error instanceof Failure && error.kind === 'invalid') return `${error.message} ${error.hint}`;
    throw error;
  }
}
