import { expect, test } from 'vitest';
import { inSandbox } from './support/in-sandbox';
import { pastedCallbacks, type PasteRefusal } from './support/pasted-callbacks';

/** How the advice for each refusal begins. */
const advice: Record<PasteRefusal, string> = {
  no_callback: 'callback_url is empty',
  not_a_url: 'callback_url holds no address',
  bare_code: 'callback_url holds only a code',
  consent_link: 'callback_url holds the consent link itself',
  no_code: 'callback_url holds no code, Allow access was not pressed there',
  no_state: 'callback_url holds no state',
  cut_off: 'the end of callback_url is missing',
  redirector: 'callback_url holds the address of a mail filter',
  access_denied: 'the customer pressed Cancel',
  invalid_scope: 'Xero refuses one of the scopes to this app',
  error: 'Xero sent the customer back with an error instead of a code',
};

type Read = { fault: string; code?: string; state?: string };

test('what people paste is read, and a refusal explains what is no callback URL', async () => {
  const script = `((callback) => {
    const known = callback.kind === 'code' ? { ...callback, state: 'kept' } : callback;
    return { fault: callbackFault(known), code: callback.code, state: callback.state };
  })((pm.environment.set('app_type', 'pkce'), pm.environment.set('code_verifier', 'kept, too'),
    pm.environment.set('consent_state', 'kept'),
    pm.environment.set('consent_requested_at', new Date().toISOString()), readCallback(row.pasted)))`;
  const all = (await inSandbox(
    script,
    pastedCallbacks.map(({ pasted }) => ({ pasted })),
  )) as Read[];
  const expected = all.map(({ fault, code, state }) => (fault === '' ? { code, state } : fault));
  expect(Object.fromEntries(pastedCallbacks.map(({ name }, at) => [name, expected[at]]))).toEqual(
    Object.fromEntries(
      pastedCallbacks.map(({ name, expected }) => [
        name,
        typeof expected === 'string' ? expect.stringMatching(`^${advice[expected]}`) : expected,
      ]),
    ),
  );
});

test('a refusal shows nothing of what was pasted, except an error code', async () => {
  const pasted = pastedCallbacks.map(({ pasted: text }) => ({ pasted: text }));
  const faults = (await inSandbox('callbackFault(readCallback(row.pasted))', pasted)) as string[];
  expect(faults.filter((fault) => /Zx-9|eyJ|<b>|hello/.test(fault))).toEqual([]);
});
