import { expect, test } from 'vitest';
import { readScenarios } from '../../scripts/qa/play/read-scenarios';
import { scenarios } from '../../scripts/qa/scenarios/all';

const live = scenarios.filter(({ isLive }) => isLive);

test('a live scenario asks the sandbox for nothing but its set-up, and others have none', () => {
  const foreign = live.flatMap(({ id, steps }) =>
    steps.flat().flatMap((step) => (step.isSetUp || 'request' in step ? [] : [`${id}: ${step.name}`])),
  );
  const others = scenarios.filter(({ isLive, steps }) => !isLive && steps.flat().some(({ isSetUp }) => isSetUp));
  expect([foreign, others.map(({ id }) => id)]).toEqual([[], []]);
});

test('a live scenario names the sandbox nowhere but in its set-up', () => {
  const own = live.flatMap(({ steps }) => steps.flat().filter(({ isSetUp }) => !isSetUp));
  expect(own.length).toBeGreaterThanOrEqual(live.length);
  expect(own.filter((step) => JSON.stringify(step).includes('sandbox_url'))).toEqual([]);
});

test('each request of the set-up says so in the collection, and no other does', () => {
  const marked = readScenarios().map(({ id, collection }) => [
    id,
    JSON.stringify(collection.item).split('"description":"Set-up for the sandbox."').length - 1,
  ]);
  const meant = scenarios.map(({ id, steps }) => [id, steps.flat().filter(({ isSetUp }) => isSetUp).length]);
  expect(marked).toEqual(meant);
});
