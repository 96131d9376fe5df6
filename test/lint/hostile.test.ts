import { expect, test } from 'vitest';
import { collection, event, lint, request } from './lint-of';

const units = ['\\', '<', '=', '1', 'A', "password:'", 'eyJaaaaaaaa', 'ntn_0', 'a://', '"a":', '{{', 'a.'];

test.each([
  ...units.flatMap((unit): [string, object][] => {
    const long = unit.repeat(190_000 / unit.length);
    return [
      [`a row with a long value of ${unit}`, collection([], { variable: [{ key: 'token', value: `${long}!` }] })],
      [`a body of ${unit}`, collection([request({ body: { mode: 'raw', raw: `token: "${long}` } })])],
      [`a URL of ${unit}`, collection([request({ url: { raw: 'x', protocol: `${long}!`, host: [long] } })])],
      [`a script of ${unit}`, collection([{ ...request(), event: [event('test', `// ${long}`)] }])],
    ];
  }),
  ['a key of digits', collection([], { variable: [{ key: `${'1'.repeat(60)}a`, value: 'x' }] })],
  ['a package of digits', collection([request({}, `pm.require('npm:a@${'1.1.1'.repeat(20_000)}!')`)])],
])('%s is linted within seconds', (_, hostile) => {
  const start = performance.now();
  lint(hostile);
  expect(performance.now() - start).toBeLessThan(8000);
});
