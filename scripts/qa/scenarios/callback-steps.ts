import type { Step } from './scenario';
import { afresh, customer, linkAccepted, send } from './steps';

/** What an exchange that is held back leaves as it was. */
export const unspent = ['callback_url', 'access_token', 'refresh_token', 'grant_status', 'generation'];

/** A customer has consented, and the address they ended at is pasted; it stays at hand as `true_callback`. */
export function opened(appType: 'web' | 'pkce'): Step[] {
  return [
    ...afresh(appType),
    send('Consent link', linkAccepted),
    { ...customer(), expect: { status: 200, keep: { callback_url: 'callbackUrl', true_callback: 'callbackUrl' } } },
  ];
}

/** Pastes what an expression makes of `callback`, the true address; the script refuses it, and nothing is spent. */
export function refused(as: string, pasted: string, heldBack: string): Step {
  return send('Exchange code', { heldBack, kept: unspent }, { as, before: paste(pasted) });
}

/** JavaScript that pastes what an expression makes of `callback`, the true address. */
export function paste(pasted: string): string {
  return [
    `const callback = String(pm.environment.get('true_callback'));`,
    `pm.environment.set('callback_url', ${pasted});`,
  ].join('\n');
}

/** The true address is pasted, and its code, which nothing has spent, is exchanged. */
export function acceptedAfterAll(as = 'Exchange code with the true address'): Step {
  return send(
    'Exchange code',
    {
      status: 200,
      changed: ['access_token', 'refresh_token', 'tenant_id'],
      environment: { callback_url: '', grant_status: 'connected', generation: '1' },
    },
    { as, set: { callback_url: '{{true_callback}}' } },
  );
}

/** JavaScript for the one of several expressions that a column of the row names. */
export function namedBy(column: string, expressions: Readonly<Record<string, string>>): string {
  const cases = Object.entries(expressions).map(([name, expression]) => `  ${JSON.stringify(name)}: ${expression},`);
  return ['({', ...cases, `})[pm.iterationData.get('${column}')]`].join('\n');
}
