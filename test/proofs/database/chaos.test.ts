import { expect, test } from 'vitest';
import { whyNoPostgres } from '../../support/postgres';
import { chaos } from './chaos';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

test.skipIf(isLeftOut)(
  'several machines over one database lose no connection',
  async () => {
    const { figures, failures } = await chaos({ seed: 1, seconds: 5, connections: 30 });
    expect(failures).toEqual([]);
    expect(figures).toMatchObject({ 'connections lost': 0 });
  },
  300_000,
);
