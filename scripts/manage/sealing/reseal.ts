import { environmentNamed, storeOf, type Context } from '../../context';
import { typed, type FailureKind } from '../../errors';
import { failureOf } from '../../terminal/console';

/** What came of one environment, or app. */
export interface Resealed {
  readonly result: {
    readonly environment: string;
    readonly outcome: 'changed' | 'unchanged' | 'failed';
    readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  };
  readonly kind?: FailureKind | undefined;
}

/** Puts the secrets of these environments in the form that the store wants, each under its lock; a failure stops no other. */
export async function resealEach(
  names: readonly string[],
  waitMs: number,
  context: Context,
): Promise<readonly Resealed[]> {
  const progress = context.console.progress(names.length, 'environments');
  const done: Resealed[] = [];
  try {
    for (const name of names) {
      done.push(await tried(name, () => resealOne(name, waitMs, context), context));
      progress.advance();
    }
  } finally {
    progress.end();
  }
  return done;
}

/** The same for every app. */
export async function resealApps(waitMs: number, context: Context): Promise<readonly Resealed[]> {
  const store = storeOf(context);
  const done: Resealed[] = [];
  for (const name of await store.apps()) {
    done.push(await tried(`app ${name}`, () => store.app(name).reseal(waitMs), context));
  }
  return done;
}

async function resealOne(name: string, waitMs: number, context: Context): Promise<number> {
  const locked = await environmentNamed(context, name).lock(waitMs);
  try {
    return await locked.reseal();
  } finally {
    await locked.release();
  }
}

async function tried(name: string, act: () => Promise<number>, context: Context): Promise<Resealed> {
  try {
    const outcome = (await act()) === 0 ? 'unchanged' : 'changed';
    return { result: { environment: name, outcome, error: null } };
  } catch (error) {
    const { kind, code, message, hint } = failureOf(error, context.console);
    return { result: { environment: typed(name), outcome: 'failed', error: { code, message, hint } }, kind };
  }
}
