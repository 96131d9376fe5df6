import { Failure } from '../../errors';

/**
 * What only informs people must not fail a run that has worked, nor hide why it has not: when the database does not answer,
 * this is taken in the place of its answer.
 */
export async function orElse<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure) return otherwise;
    throw error;
  }
}
