/** The outcomes of an attempt that brought new tokens, by this process or another. */
export const refreshedOutcomes: readonly string[] = ['refreshed', 'adopted'];

/** The outcomes of an environment that works. */
export const wellOutcomes: readonly string[] = [...refreshedOutcomes, 'not_due'];
