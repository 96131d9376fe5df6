import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { usualLink, type ConsentLink } from '../consent/link';
import { linkSettings, newLink } from '../consent/new-link';
import { harmlessVariables, storeUrlOf, type Context } from '../context';
import { storeVariable } from '../environment/env-names';
import type { Environment } from '../environment/environment';
import { knownSecrets } from '../environment/harmless-variables';
import { readable, type StoredEnvironment } from '../environment/store';
import { heldName, heldTenantId } from '../environment/tenant';
import type { Failure } from '../errors';
import type { RefreshResult } from '../fleet/result';
import { failureOf } from '../terminal/console';
import { scrubber, secretsInAnswer } from '../text/scrub';
import type { HookCommand, HookName } from './config';
import { hookFailure } from './failure';
import { runHook } from './run';

/** The time between SIGTERM and SIGKILL. */
const patienceMs = 5000;

/** What a hook is notified of. */
export interface HookEvent {
  readonly hook: HookName;
  readonly outcome: string;
  /** '' when there was no earlier notification. */
  readonly previous: string;
  /** The organisation of the earlier notification, if it is another one now; otherwise ''. */
  readonly replaced: string;
  readonly error: RefreshResult['error'];
}

/**
 * Runs a hook for one environment, with the event and no secret in its variables, and repeats its output on stderr with
 * secrets removed. Returns its failure. A signal to stop waits until the hook has ended.
 */
export async function callHook(
  command: HookCommand,
  limitMs: number,
  event: HookEvent,
  stored: StoredEnvironment,
  environment: Environment | undefined,
  context: Context,
): Promise<Failure | undefined> {
  const link = event.outcome === 'consent_needed' ? await linkFor(stored, context) : undefined;
  const harmless = harmlessVariables(context, await secretsNow(stored, environment, context));
  const variables = { ...harmless, ...eventVariables(event, stored, environment, link, context) };
  const { end, lines } = await context.signals.uninterrupted(() =>
    runHook(command, variables, { limitMs, patienceMs }),
  );
  // The hook may have refreshed, and may print what it received.
  const said = lines.join('\n');
  const clean = scrubber([...(await secretsNow(stored, environment, context)), ...secretsInAnswer(said)]);
  for (const line of said === '' ? [] : clean(said).split('\n'))
    context.console.say(`${event.hook} (${stored.name}): ${line}`);
  return hookFailure(event.hook, stored.name, end);
}

function eventVariables(
  { outcome, previous, replaced, error }: HookEvent,
  stored: StoredEnvironment,
  environment: Environment | undefined,
  link: ConsentLink | undefined,
  context: Context,
): Readonly<Record<string, string>> {
  const { asStarted } = context.console;
  const folder = storeUrlOf(context) === '' ? path.dirname(stored.where) : context.folder;
  return {
    EVERGRANT_NAME: stored.name,
    EVERGRANT_OUTCOME: outcome,
    EVERGRANT_PREVIOUS_OUTCOME: previous,
    EVERGRANT_TENANT_ID: environment === undefined ? '' : (heldTenantId(environment) ?? ''),
    EVERGRANT_TENANT_NAME: environment === undefined ? '' : heldName(environment),
    EVERGRANT_PREVIOUS_TENANT_NAME: replaced,
    EVERGRANT_CONSENT_LINK: link?.url ?? '',
    EVERGRANT_CONSENT_LINK_GOOD_UNTIL: link?.goodUntil.toISOString() ?? '',
    EVERGRANT_ERROR_CODE: error?.code ?? '',
    EVERGRANT_MESSAGE: asStarted(error?.message ?? ''),
    EVERGRANT_HINT: asStarted(error?.hint ?? ''),
    /** These let the hook's own `evergrant token NAME` find the environment; a password is never among them. */
    EVERGRANT_ENVIRONMENTS: path.resolve(folder),
    ...(context.store === undefined ? {} : { [storeVariable]: context.store }),
  };
}

/** A new link to send. Undefined when none can be made, which is reported, or when the app type has no links. */
async function linkFor(stored: StoredEnvironment, context: Context): Promise<ConsentLink | undefined> {
  try {
    const settings = await linkSettings(stored, context.env());
    return await newLink(stored, settings, usualLink, context.now(), randomBytes);
  } catch (error) {
    const { code, message, hint } = failureOf(error, context.console); // even a full disk must not stop the hook
    if (code !== 'no_consent_link') {
      context.console.say(`evergrant: no consent link for the hook of ${stored.name}: ${message}\n  → ${hint}`);
    }
    return undefined;
  }
}

/** The secrets of the environment as it was, as it is now, and in the variables that fill its blanks. */
async function secretsNow(
  stored: StoredEnvironment,
  before: Environment | undefined,
  context: Context,
): Promise<ReadonlySet<string>> {
  return knownSecrets([before, await readable(stored)], context.env());
}
