import { expect, test } from 'vitest';
import { whyNoPostgres } from '../../support/postgres';
import { race } from './race';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

test.skipIf(isLeftOut)(
  'processes of two machines that ask at once redeem once, and all succeed',
  async () => {
    const { figures, failures } = await race({ processes: 40 });
    expect(failures).toEqual([]);
    expect(figures).toMatchObject({ redemptions: 1 });
  },
  600_000,
);
