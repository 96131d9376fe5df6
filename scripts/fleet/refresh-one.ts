import { environmentNamed, pointing, type Context } from '../context';
import type { RefreshOptions } from '../refresh/due';
import type { RefreshEffects } from '../refresh/effects';
import { attemptRefresh } from './attempt';
import { datesOf, failed, type EnvironmentResult } from './result';

/** Refreshes one environment if it is due; a failure becomes its result and stops no other. */
export async function refreshOne(
  name: string,
  options: RefreshOptions,
  context: Context,
  effects: RefreshEffects,
): Promise<EnvironmentResult> {
  try {
    const stored = environmentNamed(context, name);
    const { outcome, environment, warning } = await attemptRefresh(stored, options, effects, context);
    return {
      given: name,
      result: {
        ...datesOf(stored.name, environment, context.now()),
        outcome,
        error: null,
        warning: warning && pointing(context, name, warning),
      },
    };
  } catch (error) {
    return await failed(name, error, context);
  }
}
