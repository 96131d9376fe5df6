import { describe, expect, test } from 'vitest';
import { whyNoPostgres } from '../../support/postgres';
import { copyForTests, lose } from './losses';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;
const connections = 60;

describe.skipIf(isLeftOut)('a database that loses what it had confirmed costs no connection', () => {
  test.each(['newest', 'both', 'same'] as const)(
    'by failing over to a replica that lagged behind, where %s',
    async (opinion) => {
      const { lost, said } = await lose('failover', opinion, connections);
      expect(lost).toEqual([]);
      expect(said.join('\n')).toMatch(
        /has failed over \(timeline 1 is 2 now\): the tokens of \d+ connections are back/,
      );
    },
  );

  test('by older files put back, of which nothing in the database tells', async () => {
    const { lost, said } = await lose('older files', 'newest', connections);
    expect(lost).toEqual([]);
    expect(said.join('\n')).toMatch(/had lost answers that it had confirmed: the tokens of \d+ connections are back/);
  });

  test('by an older dump put back, where every claim stops until somebody says so', async () => {
    const { lost, stopped, redeemedMeanwhile } = await lose('older dump', 'newest', connections);
    expect({ lost, stopped, redeemedMeanwhile }).toEqual({ lost: [], stopped: connections, redeemedMeanwhile: 0 });
  });

  test('by being copied: the copy spends nothing, and is emptied', async () => {
    expect(await copyForTests(connections)).toEqual({
      lost: [],
      stopped: connections,
      redeemedByCopy: 0,
      tokensInCopy: '0',
    });
  });
});
