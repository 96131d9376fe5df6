import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editEnvironment, environmentEditor } from '../../scripts/environment/edit';
import { contractKeys, valueOf, type ContractKey } from '../../scripts/environment/environment';
import { parseEnvironment } from '../../scripts/environment/parse';
import { Failure } from '../../scripts/errors';

const key = fc.constantFrom(...(Object.keys(contractKeys) as ContractKey[]));
const row = fc.record(
  {
    key: fc.oneof(key, fc.string()),
    value: fc.oneof(fc.string(), fc.integer().map(String)),
    type: fc.constantFrom('default', 'secret', 'any'),
    enabled: fc.constant(true),
    extra: fc.json(),
  },
  { requiredKeys: ['key', 'value'] },
);
const rows = fc.uniqueArray(row, { selector: (one) => one.key, maxLength: 12 });
const file = fc.record(
  {
    id: fc.uuid(),
    name: fc.string(),
    values: rows,
    _postman_variable_scope: fc.constant('environment'),
    more: fc.jsonValue(),
  },
  { requiredKeys: ['name', 'values'] },
);
const indent = fc.constantFrom(undefined, 2, 4, '\t');
const changes = fc.dictionary(key, fc.string(), { maxKeys: 8 });

interface File {
  values: { key: string; value: unknown }[];
}

describe('editing an environment', () => {
  test('sets the given keys and leaves the meaning of everything else as it was', () => {
    fc.assert(
      fc.property(file, indent, changes, fc.boolean(), fc.boolean(), (content, step, wanted, hasBom, isCrlf) => {
        const json = JSON.stringify(content, null, step);
        const text = `${hasBom ? '\uFEFF' : ''}${isCrlf ? json.replaceAll('\n', '\r\n') : json}`;
        const edited = editEnvironment(text, wanted, 'f');
        const [before, after] = [text, edited].map((one) => JSON.parse(one.replace('\uFEFF', '')) as File);
        const expected = structuredClone(before);
        for (const [name, value] of Object.entries(wanted)) {
          const existing = expected?.values.find((one) => one.key === name);
          if (existing) existing.value = value;
          else
            expected?.values.push({
              key: name,
              value,
              type: contractKeys[name as ContractKey],
              enabled: true,
            } as File['values'][number]);
        }
        expect(after).toEqual(expected);
        expect(edited.startsWith('\uFEFF')).toBe(hasBom);
      }),
    );
  });

  test('changes no byte but the values of the given keys', () => {
    const text =
      '{ "name":"a" ,\r\n  "big": 12345678901234567890.10, "values": [ {"enabled":true,"value" : "old","key":"generation","x":1e3} ] }\n';
    expect(editEnvironment(text, { generation: '2' }, 'f')).toBe(text.replace('"old"', '"2"'));
  });

  test('changes nothing when the same values are set again', () => {
    fc.assert(
      fc.property(file, indent, changes, (content, step, wanted) => {
        const once = editEnvironment(JSON.stringify(content, null, step), wanted, 'f');
        expect(editEnvironment(once, wanted, 'f')).toBe(once);
      }),
    );
  });

  test('edits a text that it has made as it would edit any other', () => {
    const steps = fc.array(fc.tuple(changes, fc.boolean()), { maxLength: 5 });
    const list = fc.oneof(rows, fc.constant(undefined));
    fc.assert(
      fc.property(file, list, indent, steps, (content, values, step, orders) => {
        const first = JSON.stringify({ ...content, values }, null, step);
        const editor = environmentEditor('f');
        let text = first;
        for (const [wanted, isFresh] of orders) {
          const before = isFresh ? first : text; // another writer may have put the first one back
          text = editor.edit(before, wanted);
          expect(text).toBe(editEnvironment(before, wanted, 'f'));
        }
      }),
    );
  });

  test('with unticked rows of the same key, sets the ticked one and no byte of the others', () => {
    const off = fc.constantFrom({ enabled: false }, { disabled: true }, { enabled: true, disabled: true });
    const on = fc.constantFrom(
      {},
      { enabled: true },
      { enabled: null },
      { disabled: false },
      { enabled: true, disabled: false },
    );
    const unticked = fc.array(
      off.map((mark) => ({ key: 'refresh_token', value: 'old', ...mark })),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(unticked, on, unticked, indent, (before, mark, after, step) => {
        const values = [...before, { key: 'refresh_token', value: 'HELD', ...mark }, ...after];
        const text = JSON.stringify({ name: 'a', values }, null, step);
        expect(valueOf(parseEnvironment(text, 'a', 'f'), 'refresh_token')).toBe('HELD');
        expect(editEnvironment(text, { refresh_token: 'NEW' }, 'f')).toBe(text.replace('HELD', 'NEW'));
      }),
    );
  });

  test('sets values that read back the same', () => {
    fc.assert(
      fc.property(file, fc.string(), (content, value) => {
        const text = editEnvironment(JSON.stringify(content), { refresh_token: value }, 'f');
        expect(valueOf(parseEnvironment(text, 'a', 'f'), 'refresh_token')).toBe(value.trim());
      }),
    );
  });

  test.each([
    [
      'a property that occurs twice',
      '{"name":"a","values":[{"key":"generation","value":"1","value":"2"}]}',
      'duplicate_key',
    ],
    ['values that stand twice', '{"name":"a","values":[],"values":[]}', 'duplicate_key'],
    [
      'a row that is switched off',
      '{"name":"a","values":[{"key":"generation","value":"1","enabled":false}]}',
      'switched_off',
    ],
    [
      'a row that is disabled',
      '{"name":"a","values":[{"key":"generation","value":"1","disabled":true}]}',
      'switched_off',
    ],
    [
      'a row of which every one is unticked',
      '{"name":"a","values":[{"key":"generation","enabled":false},{"key":"generation","disabled":true}]}',
      'switched_off',
    ],
    ['a comment', '{"name":"a",/* x */"values":[]}', 'not_json'],
  ])('refuses %s', (_, text, code) => {
    expect(() => editEnvironment(text, { generation: '3' }, 'f')).toThrow(
      expect.objectContaining({ kind: 'invalid', code }),
    );
  });
});

describe('reading an environment', () => {
  test.each([
    ['an empty file', '', 'empty_file'],
    ['white space', ' \n', 'empty_file'],
    ['half a file', '{"name":"a","values":[{"key":"acc', 'not_json'],
    ['an array', '[]', 'not_an_environment'],
    ['null', 'null', 'not_an_environment'],
    ["what Postman's API gives", '{"environment":{"name":"a","values":[]}}', 'not_an_environment'],
    ['no values', '{"name":"a"}', 'not_an_environment'],
    ['values that are no list', '{"name":"a","values":{}}', 'not_an_environment'],
    ['a row without key', '{"name":"a","values":[{"value":"x"}]}', 'not_an_environment'],
    ['a row twice', '{"name":"a","values":[{"key":"client_id"},{"key":"client_id"}]}', 'duplicate_key'],
    ['a token that is an object', '{"name":"a","values":[{"key":"access_token","value":{}}]}', 'not_text'],
    ['a collection', '{"info":{"name":"x"},"item":[]}', 'not_an_environment'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parseEnvironment(text, 'a', 'f')).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });

  test.each<[string, object, string]>([
    ['no "enabled"', { value: 'x' }, 'x'],
    ['"enabled" that is null', { value: 'x', enabled: null }, 'x'],
    ['"disabled": false', { value: 'x', disabled: false }, 'x'],
    ['"disabled": true', { value: 'x', disabled: true }, ''],
    ['"enabled": false', { value: 'x', enabled: false }, ''],
    ['a number', { value: 42 }, '42'],
    ['a boolean', { value: true }, 'true'],
    ['null', { value: null }, ''],
    ['no value', {}, ''],
    ['no type that is a text', { value: 'x', type: null }, 'x'],
    ['a value of the session', { value: 'x', sessionValue: 'y', sessionIndex: 0 }, 'x'],
  ])('takes a row with %s', (_, one, value) => {
    const text = JSON.stringify({ name: 'a', values: [{ key: 'client_id', ...one }] });
    expect(valueOf(parseEnvironment(text, 'a', 'f'), 'client_id')).toBe(value);
  });

  test.each(['{"values":[]}', '{"name":null,"values":[]}', '{"id":"x","values":[],"timestamp":1}'])(
    'takes one without a name, which has its file’s then: %s',
    (text) => {
      expect(parseEnvironment(text, 'acme', 'f')).toMatchObject({ name: 'acme', innerName: 'acme' });
    },
  );

  test('explains what Postman’s API gives, and how to take it over', () => {
    expect(() =>
      parseEnvironment('{"environment":{"name":"a","values":[]}}', 'acme', 'my files/acme.postman_environment.json'),
    ).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("is what Postman's API answers with"),
        hint: "take it over: mv 'my files/acme.postman_environment.json' 'my files/acme.from-api.json' && npx evergrant adopt acme 'my files/acme.from-api.json'",
      }),
    );
  });

  test('takes keys such as constructor as ordinary ones', () => {
    const values = ['toString', 'toString', '__proto__', 'constructor'].map((name) => ({ key: name, value: {} }));
    expect(() => parseEnvironment(JSON.stringify({ name: 'a', values }), 'a', 'f')).not.toThrow();
  });

  test('never quotes the file in a refusal', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(200), (noise, cut) => {
        const text = JSON.stringify({ name: 'a', values: [{ key: 'refresh_token', value: `CANARY${noise}` }] });
        const message = refusalOf(() => parseEnvironment(text.slice(0, cut) + noise, 'a', 'f'));
        expect(message).not.toContain('CANARY');
      }),
    );
  });
});

function refusalOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.message} ${error.hint}`;
  }
}
