import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hookConfig, type HookOptions } from '../../scripts/hooks/config';
import { decideHook, type Found, type HookDecision, type Outcome } from '../../scripts/hooks/decide';

const told = (outcome: string, generation: number | null): Outcome => ({ outcome, generation });

describe('what is told of an environment', () => {
  test.each<[Outcome | undefined, Found, HookDecision]>([
    // [what was told last, what a run found, what to tell and note]
    [undefined, told('not_due', 5), { outcome: 'not_due', note: told('not_due', 5) }],
    [
      undefined,
      told('refreshed', 5),
      { hook: 'on-refreshed', outcome: 'refreshed', note: told('refreshed', 5), provisional: told('', 4) },
    ],
    [
      undefined,
      told('adopted', 5),
      { hook: 'on-refreshed', outcome: 'adopted', note: told('adopted', 5), provisional: told('', 4) },
    ],
    [told('not_due', 5), told('not_due', 5), { outcome: 'not_due' }],
    [told('refreshed', 5), told('not_due', 5), { outcome: 'not_due' }],
    [told('refreshed', 5), told('adopted', 5), { outcome: 'adopted' }],
    [
      told('refreshed', 5),
      told('refreshed', 6),
      { hook: 'on-refreshed', outcome: 'refreshed', note: told('refreshed', 6) },
    ],
    [told('refreshed', 5), told('not_due', 6), { hook: 'on-refreshed', outcome: 'adopted', note: told('adopted', 6) }],
    [
      told('consent_needed', 5),
      told('not_due', 6),
      { hook: 'on-refreshed', outcome: 'adopted', note: told('adopted', 6) },
    ],
    [told('refreshed', 9), told('not_due', 2), { outcome: 'not_due', note: told('not_due', 2) }],
    [
      told('refreshed', 9),
      told('refreshed', 3),
      { hook: 'on-refreshed', outcome: 'refreshed', note: told('refreshed', 3), provisional: told('refreshed', 2) },
    ],
    [
      undefined,
      told('consent_needed', 5),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: told('consent_needed', 5) },
    ],
    [
      told('refreshed', 5),
      told('consent_needed', 5),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: told('consent_needed', 5) },
    ],
    [told('consent_needed', 5), told('consent_needed', 5), { outcome: 'consent_needed' }],
    [
      told('consent_needed', 5),
      told('consent_needed', 6),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: told('consent_needed', 6) },
    ],
    [
      told('consent_needed', 5),
      told('refused', 5),
      { hook: 'on-failure', outcome: 'refused', note: told('refused', 5) },
    ],
    [told('temporary_failure', 5), told('temporary_failure', 5), { outcome: 'temporary_failure' }],
    [told('temporary_failure', 5), told('not_due', 5), { outcome: 'not_due', note: told('not_due', 5) }],
    [
      told('not_due', 5),
      told('temporary_failure', 5),
      { hook: 'on-failure', outcome: 'temporary_failure', note: told('temporary_failure', 5) },
    ],
    [told('refreshed', 5), told('invalid', null), { hook: 'on-failure', outcome: 'invalid', note: told('invalid', 5) }],
    [told('invalid', 5), told('invalid', null), { outcome: 'invalid' }],
    [told('invalid', null), told('invalid', null), { outcome: 'invalid' }],
    [told('invalid', null), told('invalid', 5), { outcome: 'invalid' }],
    [told('invalid', null), told('not_due', 5), { outcome: 'not_due', note: told('not_due', 5) }],
    [
      told('invalid', null),
      told('refreshed', 5),
      { hook: 'on-refreshed', outcome: 'refreshed', note: told('refreshed', 5), provisional: told('invalid', 4) },
    ],
    [undefined, told('invalid', null), { hook: 'on-failure', outcome: 'invalid', note: told('invalid', null) }],
    [undefined, told('busy', 5), { hook: 'on-failure', outcome: 'busy', note: told('busy', 5) }],
    [undefined, told('not_saved', 5), { hook: 'on-failure', outcome: 'not_saved', note: told('not_saved', 5) }],
  ])('after %j, with %j found, is %j', (before, found, telling) => {
    expect(decideHook(before, found)).toEqual(telling);
  });

  const outcomes = [
    'refreshed',
    'adopted',
    'not_due',
    'consent_needed',
    'temporary_failure',
    'busy',
    'refused',
    'not_saved',
    'invalid',
  ];
  const before = fc.option(fc.record({ outcome: fc.constantFrom(...outcomes), generation: fc.nat(3) }), {
    nil: undefined,
  });
  const found = fc.record({ outcome: fc.constantFrom(...outcomes), generation: fc.integer({ min: 1, max: 4 }) });

  test('is told once: what was noted is not told of the same again', () => {
    fc.assert(
      fc.property(before, found, (last, now) => {
        const { note } = decideHook(last, now);
        expect(decideHook(note ?? last, now)).toEqual({ outcome: now.outcome });
      }),
    );
  });

  test('is told by the next run when one was cut off before it could note it', () => {
    fc.assert(
      fc.property(before, found, (last, now) => {
        const { hook, provisional } = decideHook(last, now);
        const next = hook === 'on-refreshed' ? { ...now, outcome: 'not_due' } : now;
        expect(hook === undefined ? undefined : decideHook(provisional ?? last, next).hook).toBe(hook);
      }),
    );
  });
});

describe('the hooks that are ordered', () => {
  const words = (file: string, ...args: string[]) => ({ kind: 'words', file, args });

  test.each<[HookOptions, Record<string, string>, unknown]>([
    [{ commands: {} }, {}, undefined],
    [{ commands: {} }, { EVERGRANT_ON_FAILURE: ' ', EVERGRANT_HOOK_TIMEOUT: 'soon' }, undefined],
    [{ commands: { 'on-failure': 'notify' } }, {}, { commands: { 'on-failure': words('notify') }, limitMs: 60_000 }],
    [
      { commands: {} },
      { EVERGRANT_ON_REFRESHED: './tell "a b" c\\ d' },
      { commands: { 'on-refreshed': words('./tell', 'a b', 'c d') }, limitMs: 60_000 },
    ],
    [
      { commands: { 'on-consent-needed': `mail -s '$HOME; | *' "" # x` } },
      {},
      { commands: { 'on-consent-needed': words('mail', '-s', '$HOME; | *', '', '#', 'x') }, limitMs: 60_000 },
    ],
    [
      { commands: { 'on-failure': 'mine' } },
      { EVERGRANT_ON_FAILURE: 'other' },
      { commands: { 'on-failure': words('mine') }, limitMs: 60_000 },
    ],
    [
      { commands: { 'on-failure': 'a' } },
      { EVERGRANT_ON_REFRESHED: 'b', EVERGRANT_HOOK_TIMEOUT: '5m' },
      { commands: { 'on-refreshed': words('b'), 'on-failure': words('a') }, limitMs: 300_000 },
    ],
    [
      { commands: { 'on-failure': 'a' }, limitMs: 1 },
      { EVERGRANT_HOOK_TIMEOUT: 'soon' },
      { commands: { 'on-failure': words('a') }, limitMs: 1 },
    ],
    [
      { commands: { 'on-failure': 'a' }, limitMs: 60 * 86_400_000 },
      {},
      { commands: { 'on-failure': words('a') }, limitMs: 2 ** 31 - 1 },
    ],
    [
      { commands: { 'on-failure': "it's | wc" }, isShell: true },
      {},
      { commands: { 'on-failure': { kind: 'shell', line: "it's | wc" } }, limitMs: 60_000 },
    ],
    [
      { commands: { 'on-failure': 'a | b' } },
      { EVERGRANT_HOOK_SHELL: '1' },
      { commands: { 'on-failure': { kind: 'shell', line: 'a | b' } }, limitMs: 60_000 },
    ],
    [
      { commands: { 'on-failure': 'a' } },
      { EVERGRANT_HOOK_SHELL: '0' },
      { commands: { 'on-failure': words('a') }, limitMs: 60_000 },
    ],
  ])('by options %j and variables %j are %j', (options, env, orders) => {
    expect(hookConfig(options, env)).toEqual(orders);
  });

  test.each<[HookOptions, Record<string, string>, string, string]>([
    [{ commands: { 'on-failure': '' } }, {}, 'bad_hook', '--on-failure'],
    [{ commands: { 'on-failure': "'' a" } }, {}, 'bad_hook', '--on-failure'],
    [{ commands: { 'on-refreshed': 'tell "k3y' } }, {}, 'bad_hook', '--on-refreshed'],
    [{ commands: {} }, { EVERGRANT_ON_CONSENT_NEEDED: "it's k3y" }, 'bad_hook', 'EVERGRANT_ON_CONSENT_NEEDED'],
    [{ commands: {} }, { EVERGRANT_ON_FAILURE: 'k3y \\' }, 'bad_hook', 'EVERGRANT_ON_FAILURE'],
    [{ commands: { 'on-failure': 'a' } }, { EVERGRANT_HOOK_TIMEOUT: 'soon' }, 'bad_duration', 'EVERGRANT_HOOK_TIMEOUT'],
    [{ commands: { 'on-failure': 'a' }, limitMs: 0 }, {}, 'bad_duration', 'some time'],
    [{ commands: { 'on-failure': 'a' } }, { EVERGRANT_HOOK_SHELL: 'perhaps' }, 'bad_switch', 'EVERGRANT_HOOK_SHELL'],
  ])('by options %j and variables %j are refused: %s', (options, env, code, named) => {
    const message = expect.stringMatching(new RegExp(`^(?!.*k3y).*${named}`)) as string;
    expect(() => hookConfig(options, env)).toThrow(expect.objectContaining({ kind: 'invalid', code, message }));
  });
});
