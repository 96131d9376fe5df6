import type { Context } from '../context';
import { secretsOf, valueOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { heldName } from '../environment/plain-name';
import type { EnvironmentHome } from '../environment/store';
import { Failure } from '../errors';
import type { Attempt } from '../history/attempt';
import { fingerprint } from '../text/fingerprint';
import type { RefreshOptions } from './due';
import { refreshGrant } from './refresh';
import type { RefreshEffects, Refreshed } from './spending';
import type { Answer } from './token-answer';

/**
 * Refreshes a grant if it is due, as {@link refreshGrant} does, and writes down in the log what came of it, while nobody
 * else can refresh: the log's order is that of events. What asks nobody is no attempt: nothing due, or a connection that
 * is known to be over. Tokens of a consent that wait beside the environment are judged first.
 */
export async function attemptRefresh(
  home: EnvironmentHome,
  options: RefreshOptions,
  effects: RefreshEffects,
  context: Context,
): Promise<Refreshed> {
  const isSettled = home.hasPending() && (await settle(home, options, context));
  const witness = new Witness(effects.now);
  const rescue: RefreshEffects['rescue'] = (locked) => consent().rescueByAside(home, locked, context);
  const watched = { ...witness.watchEffects(effects), rescue };
  const refreshed = await refreshGrant(witness.watchHome(home), options, watched, {
    done: ({ outcome, environment }) => log(home, witness.saw(outcome, home.name, environment)),
    failed: (error) => {
      if (witness.wasAttempted(error)) log(home, witness.sawFailure(error, home.name));
    },
  });
  return isSettled && refreshed.outcome === 'not_due' ? { ...refreshed, outcome: 'adopted' } : refreshed;
}

/** Loaded where tokens wait beside an environment, as hardly ever. */
function consent(): typeof import('../consent/judge') & typeof import('../consent/pending') {
  return {
    ...(require('../consent/judge') as typeof import('../consent/judge')),
    ...(require('../consent/pending') as typeof import('../consent/pending')),
  };
}

/** Whether what waited is the environment's now; what can't be stays aside, and stops no refresh. */
async function settle(home: EnvironmentHome, { waitMs }: RefreshOptions, context: Context): Promise<boolean> {
  const locked = await home.lock(waitMs);
  try {
    const expected = valueOf(locked.read(), 'expected_tenant');
    const judged = await consent().settlePending(home, locked, { expected, mayReplace: false }, context);
    return judged !== undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind !== 'not_saved') return false;
    throw error;
  } finally {
    locked.release();
  }
}

/** Writes down what a person has done to a connection: it explains what comes after. */
export function logChange(
  home: EnvironmentHome,
  outcome: 'connected' | 'taken_over' | 'restored' | 'disconnected',
  { before, after }: { readonly before: Environment | undefined; readonly after: Environment },
  { now }: Context,
): void {
  const at = now();
  const { generation } = grantOf(after, at);
  const tokens = { before: before === undefined ? null : printOf(before), after: printOf(after) };
  const nothingSent = { durationMs: 0, tries: 0, status: null, correlation: null, error: null };
  const moved = before === undefined ? null : moveOf(before, after);
  log(home, { at, environment: home.name, outcome, generation, ...tokens, ...nothingSent, moved });
}

/** Loaded where something is written: most runs find nothing due. */
function log(home: EnvironmentHome, attempt: Attempt): void {
  const { writeAttempt } = require('../history/log-file') as typeof import('../history/log-file');
  writeAttempt(home.where, attempt);
}

/** Looks on while a grant is refreshed, and keeps nothing that is secret. */
class Witness {
  private lockedAt: Date | undefined;
  private tries = 0;
  private before: string | null = null;
  private status: number | null = null;
  private correlation: string | null = null;

  constructor(private readonly now: () => Date) {}

  /** The lock is taken when something is due. */
  watchHome(home: EnvironmentHome): EnvironmentHome {
    const lock: EnvironmentHome['lock'] = (waitMs) => {
      this.lockedAt ??= this.now();
      return home.lock(waitMs);
    };
    return { ...home, lock };
  }

  watchEffects(effects: RefreshEffects): RefreshEffects {
    const ask: RefreshEffects['ask'] = async (settings, request, onAnswer) => {
      this.tries += 1;
      this.before = printOf(settings.environment);
      [this.status, this.correlation] = [null, null];
      const secrets = [...secretsOf(settings.environment), ...Object.values(settings.fromOutside)];
      await effects.ask(settings, request, (answer) => {
        try {
          onAnswer(answer); // saves the tokens: before all else
        } finally {
          this.hear(answer, secrets);
        }
      });
    };
    return { ...effects, ask };
  }

  wasAttempted(error: unknown): boolean {
    if (this.lockedAt === undefined) return false;
    return this.tries > 0 || !(error instanceof Failure) || error.kind !== 'consent_needed';
  }

  saw(outcome: Attempt['outcome'], name: string, environment: Environment): Attempt {
    const { generation } = grantOf(environment, this.now());
    return { ...this.seen(outcome, name), generation, after: printOf(environment), error: null };
  }

  sawFailure(error: unknown, name: string): Attempt {
    if (!(error instanceof Failure)) {
      // Its message may hold anything.
      return { ...this.seen('temporary_failure', name), error: { code: 'unexpected', message: 'an unexpected error' } };
    }
    const { kind, code, message } = error;
    return { ...this.seen(kind === 'bug' ? 'temporary_failure' : kind, name), error: { code, message } };
  }

  private seen(outcome: Attempt['outcome'], environment: string): Attempt {
    const at = this.lockedAt ?? this.now();
    const durationMs = this.now().getTime() - at.getTime();
    const { tries, before, status, correlation } = this;
    const unknown = { generation: null, after: null, error: null, moved: null };
    return { at, environment, outcome, durationMs, tries, before, status, correlation, ...unknown };
  }

  private hear(answer: Answer, secrets: readonly string[]): void {
    if (answer.kind === 'lost') return;
    this.status = answer.status;
    const id = answer.headers['xero-correlation-id'] ?? '';
    const isPlain = /^[0-9a-f][0-9a-f-]{7,63}$/i.test(id) && !answer.body.includes(id);
    this.correlation = isPlain && !secrets.some((secret) => secret.includes(id)) ? id : null;
  }
}

/** Whether another organisation has taken the place of the one before. */
function moveOf(before: Environment, after: Environment): Attempt['moved'] {
  const [from, to] = [valueOf(before, 'tenant_id'), valueOf(after, 'tenant_id')];
  return ['', to].includes(from) ? null : { from: heldName(before) || from, to: heldName(after) || to };
}

function printOf(environment: Environment): string | null {
  const token = valueOf(environment, 'refresh_token');
  return token === '' ? null : fingerprint(token);
}
