import type { FailureKind } from '../errors';
import { minuteMs, sayDuration } from './duration';
import type { Grant } from './grant';
import { redirectUriProblem } from './redirect-uri';
import { scopeProblems } from './scopes';
import type { Settings } from './settings';
import { describeAnswer, remedyFor, type Answer } from './token-answer';
import { weaknessOf } from './weak-secret';

/** Something wrong, and the command or the act that mends it. */
export interface Finding {
  readonly kind: Exclude<FailureKind, 'bug'>;
  readonly code: string;
  readonly problem: string;
  readonly mend: string;
}

/** What the machine knows of an environment's file. */
export interface FileFacts {
  readonly where: string;
  readonly isReadableByOthers: boolean;
  readonly isTracked: boolean;
  readonly hasRecovery: boolean;
}

/** One endpoint, asked without any credential. */
export interface Probe {
  readonly key: string;
  readonly url: string;
  readonly answer: Answer;
  readonly at: Date;
}

/** A clock this far off makes tokens look alive that are not, and states from the future. */
const toleratedSkewMs = 2 * minuteMs;

export function diagnoseFile(
  { where, isReadableByOthers, isTracked, hasRecovery }: FileFacts,
  name: string,
): Finding[] {
  const findings: Finding[] = [];
  if (isReadableByOthers) {
    findings.push({
      kind: 'invalid',
      code: 'readable_by_others',
      problem: `${where} can be read by other users`,
      mend: `chmod 600 ${where}`,
    });
  }
  if (isTracked) {
    const mend = `git rm --cached ${where}, commit that, and take the tokens for known: npx evergrant revoke ${name}`;
    findings.push({
      kind: 'invalid',
      code: 'tracked_by_git',
      problem: `${where} is tracked by git, tokens and all`,
      mend,
    });
  }
  if (hasRecovery) {
    const problem = 'tokens wait that could not be saved in the file';
    findings.push({ kind: 'not_saved', code: 'recovery_waiting', problem, mend: `npx evergrant refresh ${name}` });
  }
  return findings;
}

export function diagnoseGrant(grant: Grant, name: string, now: Date): Finding[] {
  if (grant.state === 'connected') return [];
  if (grant.state === 'interrupted') {
    const since = sayDuration(now.getTime() - (grant.refreshStartedAt?.getTime() ?? 0));
    const problem = `a refresh was interrupted ${since} ago`;
    return [
      {
        kind: 'temporary_failure',
        code: 'interrupted',
        problem,
        mend: `npx evergrant refresh ${name}, within 30 minutes of that`,
      },
    ];
  }
  const problem = grant.state === 'never_connected' ? 'it was never connected' : 'its connection is over';
  return [{ kind: 'consent_needed', code: grant.state, problem, mend: `npx evergrant consent ${name}` }];
}

export function diagnoseSettings(settings: Settings): Finding[] {
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

function weakSecret(settings: Settings): Finding[] {
  const { name, innerName } = settings.environment;
  const why = weaknessOf(settings.value('client_secret'), [name, innerName]);
  if (why === undefined) return [];
  const problem = `client_secret is weak: ${why}`;
  const mend = 'make a new secret for the app at developer.xero.com, and put it in client_secret';
  return [{ kind: 'invalid', code: 'weak_secret', problem, mend }];
}

/** An endpoint that answers anything is there; its clock is right unless ours is wrong. */
export function diagnoseProbe({ key, url, answer, at }: Probe): Finding[] {
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
  const problem = `this machine's clock is ${sayDuration(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} ${host}`;
  return [
    {
      kind: 'invalid',
      code: 'clock_skew',
      problem,
      mend: 'set the clock: timedatectl set-ntp true (Windows: w32tm /resync)',
    },
  ];
}
