import { expect, test } from 'vitest';
import { tornFiles } from './support/torn-files';

test('a token file is never torn, whatever its format, while a process reads it in a loop', async () => {
  const { figures, failures } = await tornFiles({ rotations: 600 });
  expect(failures).toEqual([]);
  expect(figures).toMatchObject({ rotations: 600, 'torn reads': 0 });
  expect(figures['tokens seen']).toBeGreaterThan(60); // it has read while they were replaced
}, 300_000);
