import { expect, test, vi } from 'vitest';
import { requestTimeoutMs, systemContext } from '../scripts/context';

test('the context of a library prints nothing, asks nobody and catches no signal', async () => {
  const listeners = process.listenerCount('SIGTERM');
  const written = vi.spyOn(process.stdout, 'write');
  const { console, signals } = systemContext({ folder: 'environments' });
  console.print('a result');
  expect(await console.ask('a question', 'shown')).toBeUndefined();
  expect(signals.isStopping()).toBe(false);
  expect(written).not.toHaveBeenCalled();
  expect(process.listenerCount('SIGTERM')).toBe(listeners);
  written.mockRestore();
});

test('what the caller has of its own takes the place of the process’s', () => {
  const now = (): Date => new Date(0);
  const context = systemContext({ folder: 'environments', now, variables: () => ({ A: '1' }) });
  expect({ now: context.now(), variables: context.variables(), folder: context.folder }).toEqual({
    now: new Date(0),
    variables: { A: '1' },
    folder: 'environments',
  });
});

test.each([
  [0, 1_000],
  [5_000, 5_000],
  [600_000, 30_000],
])('where a run may last %i ms, one request may take %i ms', (patienceMs, expected) => {
  expect(requestTimeoutMs(patienceMs)).toBe(expected);
});
