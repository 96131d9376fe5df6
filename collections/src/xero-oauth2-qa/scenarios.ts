import type { Scenario } from '../../../scripts/collection/qa/scenario';
import { connectScenarios } from './connect';
import { refreshScenarios } from './refresh';

/** The version of the QA collection: the first number grows when a scenario goes, the second when one comes. */
export const version = '1.0.0';

export const changelog = ['- 1.0.0: the first scenarios'].join('\n');

/** Every scenario, by its id. */
export const scenarios: readonly Scenario[] = [...connectScenarios, ...refreshScenarios].toSorted((a, b) =>
  a.id.localeCompare(b.id),
);
