import type { RequestName } from '../../newman/requests';
import { connection } from './outcomes';
import type { Column, ControlStep, Expectation, MainStep, PastedChange, Step } from './scenario';

type AppType = 'web' | 'pkce' | 'custom_connection';

interface Before {
  readonly as?: string;
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly before?: PastedChange;
}

/** Sends a request of the main collection. */
export function send(
  request: RequestName,
  expect: Expectation = {},
  { as = request, ...before }: Before = {},
): MainStep {
  return { name: as, request, expect, ...before };
}

/** The sandbox as it is at its start, and an environment of an app of this type with nothing connected yet. */
export function freshSandbox(appType: AppType, variants?: Readonly<Record<string, string>>): Step[] {
  return [
    control('Start afresh', 'POST', 'events', { event: 'reset' }),
    ...(variants === undefined ? [] : [control('Xero is like this', 'PUT', 'variants', variants)]),
    environmentOf(appType),
  ];
}

/** An environment of the sandbox's app of this type, or of another app of that type made by the step before. */
export function environmentOf(appType: AppType, clientId?: string): Step {
  const query = clientId === undefined ? '' : `?clientId=${clientId}`;
  const words = { web: 'a web app', pkce: 'a mobile or desktop app', custom_connection: 'a custom connection' };
  return {
    ...control(`The environment of ${words[appType]}`, 'GET', `environments/${appType}${query}`),
    expect: { status: 200, keepEnvironment: true },
  };
}

/** Xero shows its login page. */
export const linkAccepted: Expectation = { status: 302, keepLink: true, changed: ['consent_state', 'consent_link'] };

/** Xero shows no login page, but an error page at once or after a redirect; a good link made before stays the newest. */
export function linkRefused(refusal: string): Expectation {
  return { refusal, kept: ['consent_state', 'consent_requested_at', 'grant_status'] };
}

/** The code in the pasted address brings tokens. */
export const exchanged: MainStep = send('Exchange code', {
  status: 200,
  environment: { grant_status: 'connected', callback_url: '' },
  changed: ['access_token', 'refresh_token', 'tenant_id'],
});

/** The link was made long after the consent before it, which in a scenario takes less than a second. */
export const later: Readonly<Record<string, string>> = { connected_at: '2020-01-01T00:00:00.000Z' };

/** For an exchange: the link may change the organisation that is held. */
export const replacing: Before = {
  set: later,
  before: { state: { mayReplace: true } },
};

/** What was paid for and may not be used: the connection is as it was, and the new tokens lie aside. */
export function putAside(refusal: string): Expectation {
  return {
    status: 200,
    refusal,
    kept: [...connection, 'tenant_name', 'authorised_user_id', 'connected_at'],
    changed: ['pending_access_token', 'pending_refresh_token'],
    environment: { callback_url: '' },
  };
}

/** From the link to the tokens: the customer opens it, chooses and presses Allow access. */
export function consented(choice: object = {}, set?: Readonly<Record<string, string>>): Step[] {
  return [send('Consent link', linkAccepted, { set }), customer(choice), exchanged];
}

/** Steps that only bring the sandbox to where Xero itself is already. */
export function setUp(...steps: readonly (Step | readonly Step[])[]): Step[] {
  return steps.flat().map((step) => ({ ...step, isSetUp: true }));
}

/** The customer opens the newest link, and the address that their browser ends at is pasted. */
export function customer(choice: object = {}, name = 'The customer presses Allow access'): ControlStep {
  return {
    ...control(name, 'POST', 'consent', { link: '{{consent_link}}', ...choice }),
    expect: { status: 200, keep: { callback_url: 'callbackUrl' } },
  };
}

/** Moves the sandbox's clock; ours stays. `span` as in `31m` or `61d`. */
export function advanceClock(span: string, name: string): ControlStep {
  return control(name, 'POST', 'clock', { advance: span });
}

/** The next requests that fit come to harm. */
export function fault(name: string, fault: object): ControlStep {
  return control(name, 'POST', 'faults', fault);
}

/** Something happens at Xero without the app asking. */
export function event(name: string, event: object, expect: Expectation = {}): ControlStep {
  return { ...control(name, 'POST', 'events', event), expect: { status: 200, ...expect } };
}

/** Whether Xero would still take a refresh token; asks without spending it. */
export function tokenIs(
  state: 'live' | 'grace' | 'dead' | 'unknown' | Column,
  token: string,
  name: string,
): ControlStep {
  return {
    ...control(name, 'POST', 'inspect', { refreshToken: token }),
    expect: { status: 200, body: { state } },
  };
}

/** Any order to the sandbox's control API. */
export function control(
  name: string,
  method: ControlStep['method'],
  address: string,
  body?: object,
  expect: Expectation = {},
): ControlStep {
  return { name, method, address, ...(body === undefined ? {} : { body }), expect: { status: 200, ...expect } };
}
