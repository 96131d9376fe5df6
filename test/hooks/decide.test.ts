import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hookConfig, type HookOptions } from '../../scripts/hooks/config';
import { decideHook, isRecovery, type Found, type HookDecision, type Outcome } from '../../scripts/hooks/decide';

const noted = (outcome: string, generation: number | null): Outcome => ({ outcome, generation });

describe('the event for an environment', () => {
  test.each<[Outcome | undefined, Found, HookDecision]>([
    // [what was noted last, what a run found, the hook to run and what to note]
    [undefined, noted('not_due', 5), { outcome: 'not_due', note: noted('not_due', 5) }],
    [
      undefined,
      noted('refreshed', 5),
      { hook: 'on-refreshed', outcome: 'refreshed', note: noted('refreshed', 5), provisional: noted('', 4) },
    ],
    [
      undefined,
      noted('adopted', 5),
      { hook: 'on-refreshed', outcome: 'adopted', note: noted('adopted', 5), provisional: noted('', 4) },
    ],
    [noted('not_due', 5), noted('not_due', 5), { outcome: 'not_due' }],
    [noted('refreshed', 5), noted('not_due', 5), { outcome: 'not_due' }],
    [noted('refreshed', 5), noted('adopted', 5), { outcome: 'adopted' }],
    [
      noted('refreshed', 5),
      noted('refreshed', 6),
      { hook: 'on-refreshed', outcome: 'refreshed', note: noted('refreshed', 6) },
    ],
    [
      noted('refreshed', 5),
      noted('not_due', 6),
      { hook: 'on-refreshed', outcome: 'adopted', note: noted('adopted', 6) },
    ],
    [
      noted('consent_needed', 5),
      noted('not_due', 6),
      { hook: 'on-refreshed', outcome: 'adopted', note: noted('adopted', 6) },
    ],
    [noted('refreshed', 9), noted('not_due', 2), { outcome: 'not_due', note: noted('not_due', 2) }],
    [
      noted('refreshed', 9),
      noted('refreshed', 3),
      { hook: 'on-refreshed', outcome: 'refreshed', note: noted('refreshed', 3), provisional: noted('refreshed', 2) },
    ],
    [
      undefined,
      noted('consent_needed', 5),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: noted('consent_needed', 5) },
    ],
    [
      noted('refreshed', 5),
      noted('consent_needed', 5),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: noted('consent_needed', 5) },
    ],
    [noted('consent_needed', 5), noted('consent_needed', 5), { outcome: 'consent_needed' }],
    [
      noted('consent_needed', 5),
      noted('consent_needed', 6),
      { hook: 'on-consent-needed', outcome: 'consent_needed', note: noted('consent_needed', 6) },
    ],
    [
      noted('consent_needed', 5),
      noted('refused', 5),
      { hook: 'on-failure', outcome: 'refused', note: noted('refused', 5) },
    ],
    [noted('temporary_failure', 5), noted('temporary_failure', 5), { outcome: 'temporary_failure' }],
    [noted('temporary_failure', 5), noted('not_due', 5), { outcome: 'not_due', note: noted('not_due', 5) }],
    [
      noted('not_due', 5),
      noted('temporary_failure', 5),
      { hook: 'on-failure', outcome: 'temporary_failure', note: noted('temporary_failure', 5) },
    ],
    [
      noted('refreshed', 5),
      noted('invalid', null),
      { hook: 'on-failure', outcome: 'invalid', note: noted('invalid', 5) },
    ],
    [noted('invalid', 5), noted('invalid', null), { outcome: 'invalid' }],
    [noted('invalid', null), noted('invalid', null), { outcome: 'invalid' }],
    [noted('invalid', null), noted('invalid', 5), { outcome: 'invalid' }],
    [noted('invalid', null), noted('not_due', 5), { outcome: 'not_due', note: noted('not_due', 5) }],
    [
      noted('invalid', null),
      noted('refreshed', 5),
      { hook: 'on-refreshed', outcome: 'refreshed', note: noted('refreshed', 5), provisional: noted('invalid', 4) },
    ],
    [undefined, noted('invalid', null), { hook: 'on-failure', outcome: 'invalid', note: noted('invalid', null) }],
    [undefined, noted('busy', 5), { hook: 'on-failure', outcome: 'busy', note: noted('busy', 5) }],
    [undefined, noted('not_saved', 5), { hook: 'on-failure', outcome: 'not_saved', note: noted('not_saved', 5) }],
  ])('after %j, with %j found, is %j', (before, found, expected) => {
    expect(decideHook(before, found)).toEqual(expected);
  });

  test.each<[Outcome | undefined, string, boolean]>([
    [undefined, 'not_due', false],
    [noted('refreshed', 5), 'refreshed', false],
    [noted('', 5), 'not_due', false],
    [noted('temporary_failure', 5), 'not_due', true],
    [noted('consent_needed', 5), 'adopted', true],
    [noted('invalid', null), 'refreshed', true],
    [noted('refused', 5), 'temporary_failure', false],
  ])('after %j, %s is a recovery: %s', (last, outcome, expected) => {
    expect(isRecovery(last, noted(outcome, 6))).toBe(expected);
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

  test('runs a hook once: after what was noted, the same runs none', () => {
    fc.assert(
      fc.property(before, found, (last, now) => {
        const { note } = decideHook(last, now);
        expect(decideHook(note ?? last, now)).toEqual({ outcome: now.outcome });
      }),
    );
  });

  test('runs a hook in the next run when one was interrupted before it noted it', () => {
    fc.assert(
      fc.property(before, found, (last, now) => {
        const { hook, provisional } = decideHook(last, now);
        const next = hook === 'on-refreshed' ? { ...now, outcome: 'not_due' } : now;
        expect(hook === undefined ? undefined : decideHook(provisional ?? last, next).hook).toBe(hook);
      }),
    );
  });
});

describe('the hooks that are set', () => {
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
