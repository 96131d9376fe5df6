import type { PastedChange, Step } from './scenario';
import { freshSandbox, customer, linkAccepted, send } from './steps';

/** What an exchange that is held back leaves as it was. */
export const unspent = ['callback_url', 'access_token', 'refresh_token', 'grant_status', 'generation'];

/** A customer has consented, and the address they ended at is pasted; it stays at hand as `true_callback`. */
export function pastedCallback(appType: 'web' | 'pkce'): Step[] {
  return [
    ...freshSandbox(appType),
    send('Consent link', linkAccepted),
    { ...customer(), expect: { status: 200, keep: { callback_url: 'callbackUrl', true_callback: 'callbackUrl' } } },
  ];
}

/** Pastes the true address changed; the script refuses it, and nothing is spent. */
export function refused(as: string, before: PastedChange, heldBack: string): Step {
  return send('Exchange code', { heldBack, kept: unspent }, { as, set: pasted, before });
}

/** The true address is pasted. */
export const pasted = { callback_url: '{{true_callback}}' };

/** The true address is pasted, and its code, which nothing has spent, is exchanged. */
export function acceptedAfterAll(as = 'Exchange code with the true address'): Step {
  return send(
    'Exchange code',
    {
      status: 200,
      changed: ['access_token', 'refresh_token', 'tenant_id'],
      environment: { callback_url: '', grant_status: 'connected', generation: '1' },
    },
    { as, set: pasted },
  );
}
