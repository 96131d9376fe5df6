import { fullness, limitHint, type AppConnections } from '../consent/limit/limit';
import { redirectUriProblem } from '../consent/redirect-uri';
import { scopeProblems } from '../consent/scopes';
import { valueOf, type Environment } from '../environment/environment';
import { heldName, lacksOrganisation } from '../environment/tenant';
import type { Attempt } from '../history/attempt';
import type { Grant } from '../environment/grant';
import { missingScopes } from '../environment/granted';
import type { Settings } from '../environment/settings';
import type { AppFacts, FileFacts } from '../environment/store';
import { weaknessOf } from '../environment/weak-secret';
import type { FailureKind } from '../errors';
import { describeAnswer, remedyFor, type Answer } from '../refresh/token-answer';
import { minuteMs, formatDuration } from '../text/duration';
import { shellQuoted } from '../text/shell';
import { formatSince } from '../text/since';
import { formatUnconfirmed } from './cells';
import type { OpenLink } from './standing';

/** A problem, and the command or action that mends it. A warning does not stop the next refresh. */
export interface DoctorFinding {
  readonly kind: Exclude<FailureKind, 'bug'> | 'warning';
  readonly code: string;
  readonly problem: string;
  readonly mend: string;
}

/** One endpoint and its answer to a request with no credential. */
export interface Probe {
  readonly key: string;
  readonly url: string;
  readonly answer: Answer;
  readonly at: Date;
}

/** With a clock that is off by more, ended tokens look valid and states come from the future. */
const toleratedSkewMs = 2 * minuteMs;

export function diagnoseFile(facts: FileFacts, name: string): DoctorFinding[] {
  const { where, folder, isReadableByOthers, isFolderOpen, unfinishedName, hasAside, unbelievable } = facts;
  const findings: DoctorFinding[] = [];
  if (isReadableByOthers) {
    findings.push({
      kind: 'invalid',
      code: 'readable_by_others',
      problem: `${where} can be read by other users`,
      mend: `chmod 600 ${shellQuoted(where)}`,
    });
  }
  if (isFolderOpen) {
    const problem = `${folder} can be written by other users, who can put files and links there`;
    findings.push({ kind: 'invalid', code: 'folder_open', problem, mend: `chmod go-w ${shellQuoted(folder)}` });
  }
  findings.push(...diagnoseTracking(facts, name), ...diagnosePush(facts, name));
  for (const fault of unbelievable) findings.push({ kind: 'invalid', code: 'foreign_file', ...fault });
  if (unfinishedName !== undefined) {
    const problem = `it was ${unfinishedName}, and that rename was cut off: kept tokens are still under the old name`;
    const mend = `npx evergrant rename ${unfinishedName} ${name}`;
    findings.push({ kind: 'warning', code: 'unfinished_rename', problem, mend });
  }
  if (hasAside) {
    const problem = 'tokens of a consent wait beside it: of another organisation, or of one that is not known yet';
    const mend = `to take them over: npx evergrant exchange ${name} --replace`;
    findings.push({ kind: 'warning', code: 'tokens_aside', problem, mend });
  }
  if (facts.hasRecovery) {
    const mend = `npx evergrant refresh ${name}`;
    findings.push({ kind: 'not_saved', code: 'recovery_waiting', problem: unsavedProblem(facts), mend });
  }
  return findings;
}

function unsavedProblem({ unconfirmed }: FileFacts): string {
  if (unconfirmed === undefined) return 'tokens wait that could not be saved';
  return `tokens wait here that the database has not confirmed: in ${formatUnconfirmed(unconfirmed)}`;
}

export function diagnoseApp({ isReadableByOthers, isTracked }: AppFacts, where: string): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  if (isReadableByOthers) {
    const problem = `${where} can be read by other users`;
    findings.push({ kind: 'invalid', code: 'readable_by_others', problem, mend: `chmod 600 ${shellQuoted(where)}` });
  }
  if (isTracked) {
    const problem = `${where} is tracked by git, secret and all`;
    const mend = `git rm --cached ${shellQuoted(where)}, commit that, and make a new secret for the app at developer.xero.com`;
    findings.push({ kind: 'invalid', code: 'tracked_by_git', problem, mend });
  }
  return findings;
}

function diagnoseTracking({ where, folder, tracking }: FileFacts, name: string): DoctorFinding[] {
  if (tracking === 'untracked') return [];
  if (tracking === 'unknown') {
    const problem = `it can't be told whether git tracks ${where}: the repository is not this user's alone, or git is not here`;
    return [
      {
        kind: 'warning',
        code: 'tracking_unknown',
        problem,
        mend: `as its owner: git -C ${shellQuoted(folder)} ls-files`,
      },
    ];
  }
  const mend = `git rm --cached ${shellQuoted(where)}, commit that, and take the tokens for known: npx evergrant revoke ${name}`;
  return [{ kind: 'invalid', code: 'tracked_by_git', problem: `${where} is tracked by git, tokens and all`, mend }];
}

function diagnosePush({ where, pushedWorkspace }: FileFacts, name: string): DoctorFinding[] {
  if (pushedWorkspace === undefined) return [];
  const problem = `${where} is in the Postman workspace ${pushedWorkspace}: postman workspace push sends it to Postman's cloud, tokens and all`;
  const mend = `keep environments in a folder outside of it, and name that in EVERGRANT_ENVIRONMENTS; if it was pushed: npx evergrant revoke ${name}`;
  return [{ kind: 'invalid', code: 'pushed_by_postman', problem, mend }];
}

/** Finds environments with the same inner name: a callback with that name in its state could belong to either. */
export function diagnoseNames(environments: readonly Pick<Environment, 'name' | 'innerName'>[]): DoctorFinding[] {
  const claims = environments.flatMap(({ name, innerName }) =>
    [...new Set([name, innerName])].map((claim) => ({ claim, name })),
  );
  const claimants = new Map<string, string[]>();
  for (const { claim, name } of claims) claimants.set(claim, [...(claimants.get(claim) ?? []), name]);
  return [...claimants].flatMap(([claim, names]): DoctorFinding[] => {
    if (names.length < 2) return [];
    const problem = `${names.join(' and ')} are all called ${shellQuoted(claim)}, by their own name or by the "name" inside`;
    const mend = `set the "name" inside each to its own: a consent for ${shellQuoted(claim)} is refused until then`;
    return [{ kind: 'invalid', code: 'shared_name', problem, mend }];
  });
}

/** A consent whose organisation Xero had not said yet when it was cut off. */
export function diagnoseOrganisation(environment: Environment): DoctorFinding[] {
  return lacksOrganisation(environment) ? [unknownTenant(environment.name)] : [];
}

function unknownTenant(name: string): DoctorFinding {
  const mend = `npx evergrant connections ${name}`;
  return { kind: 'warning', code: 'tenant_unknown', problem: 'it is not known which organisation it is for', mend };
}

export function diagnoseGrant(grant: Grant, name: string, now: Date, link?: OpenLink): DoctorFinding[] {
  if (grant.state === 'connected' || grant.handedOverAt !== null) return [];
  if (grant.state === 'never_connected' && link !== undefined) {
    const day = (at: Date): string => at.toISOString().slice(0, 10);
    const problem = `nobody has opened its link of ${day(link.madeAt)} yet, which is good until ${day(link.goodUntil)}`;
    return [
      {
        kind: 'warning',
        code: 'waiting',
        problem,
        mend: `remind the customer, or send another: npx evergrant consent ${name}`,
      },
    ];
  }
  if (grant.state === 'interrupted') {
    const since = formatDuration(now.getTime() - (grant.refreshStartedAt?.getTime() ?? 0));
    const host = grant.refreshStartedOn;
    const problem = `a refresh was interrupted ${since} ago${host === null ? '' : ` on ${host}`}`;
    const place = host === null ? '' : `; on ${host} also later, if its answer came there`;
    const mend = `npx evergrant refresh ${name}, within 30 minutes of that${place}`;
    return [{ kind: 'temporary_failure', code: 'interrupted', problem, mend }];
  }
  const problem = grant.state === 'never_connected' ? 'it was never connected' : 'its connection is over';
  return [{ kind: 'consent_needed', code: grant.state, problem, mend: `npx evergrant consent ${name}` }];
}

/** Why the last refresh failed, as the log has it. */
export function diagnoseAttempt(last: Attempt | undefined, until: Date | null, now: Date): DoctorFinding[] {
  if (last === undefined || last.error === null) return [];
  const { environment, outcome, error } = last;
  const problem = `the last refresh failed: ${error.message}`;
  const again = `npx evergrant refresh ${environment} --force`;
  const isPostponed = until !== null && until > now;
  const mend = isPostponed
    ? `wait until ${formatSince(until, now)} UTC, as Xero asked; then: ${again}`
    : outcome === 'refused' && error.code === 'invalid_client'
      ? `correct the secret: npx evergrant set ${environment} --secret-from FILE, then ${again}`
      : `see since when: npx evergrant log ${environment}, then try again: ${again}`;
  const kind =
    outcome === 'refused' || outcome === 'not_saved' || outcome === 'invalid' ? outcome : 'temporary_failure';
  return [{ kind, code: `last_refresh_${error.code}`, problem, mend }];
}

/** Whether the organisation that an environment holds is among those that Xero lists. */
export function diagnoseListing(
  environment: Environment,
  list: readonly { readonly tenantId: string }[],
): DoctorFinding[] {
  const { name } = environment;
  const held = valueOf(environment, 'tenant_id');
  if (list.some(({ tenantId }) => tenantId === held)) return [];
  if (held === '') return lacksOrganisation(environment) ? [] : [unknownTenant(name)]; // else said already
  const problem = `Xero lists ${heldName(environment) || held} no more among the organisations of its user`;
  return [{ kind: 'consent_needed', code: 'organisation_gone', problem, mend: `npx evergrant consent ${name}` }];
}

/** What a new consent would add to what was granted. */
export function diagnoseScopes({ environment, value }: Settings): DoctorFinding[] {
  const missing = missingScopes(environment, value('scopes')) ?? [];
  if (missing.length === 0) return [];
  const problem = `scopes has ${missing.join(' ')}, which the consent did not grant`;
  const mend = `a new consent adds what is missing: npx evergrant consent ${environment.name}`;
  return [{ kind: 'warning', code: 'scopes_not_granted', problem, mend }];
}

/** For `doctor --online`: that the next consent for another organisation may meet the limit. */
export function diagnoseLimit(connections: AppConnections): DoctorFinding[] {
  const problem = fullness(connections);
  return problem === undefined ? [] : [{ kind: 'warning', code: 'connection_limit', problem, mend: limitHint }];
}

export function diagnoseSettings(settings: Settings): DoctorFinding[] {
  const weak = weakSecret(settings);
  if (settings.appType === 'custom_connection') return weak;
  const redirect = redirectUriProblem(settings.value('redirect_uri'));
  const scopes = scopeProblems(settings.value('scopes'));
  return [
    ...weak,
    ...(redirect === undefined
      ? []
      : [
          {
            kind: 'refused' as const,
            code: 'redirect_uri',
            problem: `Xero would refuse the redirect_uri: ${redirect}`,
            mend: 'use https, or http://localhost with a port and path, as in the app',
          },
        ]),
    ...scopes.map((scope) => ({ kind: 'refused' as const, ...scope })),
  ];
}

function weakSecret(settings: Settings): DoctorFinding[] {
  const { name, innerName } = settings.environment;
  const why = weaknessOf(settings.value('client_secret'), [name, innerName]);
  if (why === undefined) return [];
  const problem = `client_secret is weak: ${why}`;
  const mend = 'make a new secret for the app at developer.xero.com, and put it in client_secret';
  return [{ kind: 'invalid', code: 'weak_secret', problem, mend }];
}

/** Any answer shows that the endpoint is there. If its clock differs from ours, ours is taken to be wrong. */
export function diagnoseProbe({ key, url, answer, at }: Probe): DoctorFinding[] {
  const { host } = new URL(url);
  if (answer.kind === 'lost') {
    const problem = `${key} cannot be reached: ${describeAnswer(answer)} from ${host}`;
    return [
      {
        kind: 'temporary_failure',
        code: 'unreachable',
        problem,
        mend: `${remedyFor(answer) ?? `check the network, the proxy and ${key}`}, then run doctor again`,
      },
    ];
  }
  const skewMs = at.getTime() - Date.parse(answer.headers['date'] ?? '');
  if (Number.isNaN(skewMs) || Math.abs(skewMs) <= toleratedSkewMs) return [];
  const problem = `this machine's clock is ${formatDuration(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} ${host}`;
  return [
    {
      kind: 'invalid',
      code: 'clock_skew',
      problem,
      mend: 'set the clock: timedatectl set-ntp true (Windows: w32tm /resync)',
    },
  ];
}
