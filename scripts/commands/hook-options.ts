import { Option, type Command } from 'commander';
import type { HookOptions } from '../hooks/config';
import { parseDuration } from '../text/duration';
import { addNote } from './options';

export interface HookFlags {
  readonly onRefreshed?: string;
  readonly onConsentNeeded?: string;
  readonly onFailure?: string;
  readonly onRecovered?: string;
  readonly hookShell?: true;
  readonly hookTimeout?: number;
}

/** Adds the options that name commands to run when something has changed. */
export function addHookOptions(verb: Command): void {
  verb
    .option('--on-refreshed <command>', 'run this when an environment has new tokens')
    .option('--on-consent-needed <command>', 'run this when a person has to consent')
    .option('--on-failure <command>', 'run this when a refresh fails in any other way')
    .option('--on-recovered <command>', 'run this when an environment works again after such a trouble')
    .option('--hook-shell', 'run these commands through a shell')
    .addOption(
      new Option('--hook-timeout <duration>', 'how long each may take (default: 60s)').argParser(parseDuration),
    );
  addNote(verb, hookHelp);
}

const hookHelp = `Hooks run after the refreshes, once per change and not per run, without a shell; each also stands in the process or .env: EVERGRANT_ON_REFRESHED, EVERGRANT_ON_CONSENT_NEEDED, EVERGRANT_ON_FAILURE, EVERGRANT_ON_RECOVERED, EVERGRANT_HOOK_SHELL=1, EVERGRANT_HOOK_TIMEOUT=60s. They are given EVERGRANT_NAME, EVERGRANT_OUTCOME, EVERGRANT_PREVIOUS_OUTCOME, EVERGRANT_TENANT_ID, EVERGRANT_TENANT_NAME, EVERGRANT_PREVIOUS_TENANT_NAME (where another organisation took its place), EVERGRANT_CONSENT_LINK, EVERGRANT_CONSENT_LINK_GOOD_UNTIL, EVERGRANT_ERROR_CODE, EVERGRANT_MESSAGE, EVERGRANT_HINT and EVERGRANT_ENVIRONMENTS, and never a secret.

  $ npx evergrant refresh --all --on-consent-needed "node notify.js"`;

export function hookOptions(flags: HookFlags): HookOptions {
  const { onRefreshed, onConsentNeeded, onFailure, onRecovered, hookShell, hookTimeout } = flags;
  return {
    commands: {
      'on-refreshed': onRefreshed,
      'on-consent-needed': onConsentNeeded,
      'on-failure': onFailure,
      'on-recovered': onRecovered,
    },
    isShell: hookShell,
    limitMs: hookTimeout,
  };
}
