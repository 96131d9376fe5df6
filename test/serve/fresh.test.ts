import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Fresh, type Outlasting } from '../../scripts/serve/fresh';

const away = new Error('away');
const outlasting: Outlasting = { isAway: (error) => error === away, forMs: 60_000 };

let nowMs: number;
let answer: () => Promise<string>;
let asked: number;
let version: string | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  [nowMs, asked, version, answer] = [0, 0, undefined, () => Promise.resolve('first')];
});
afterEach(() => vi.useRealTimers());

function fresh(lasting?: Outlasting): Fresh<string> {
  const read = (): Promise<string> => {
    asked++;
    return answer();
  };
  return new Fresh(
    read,
    () => version,
    () => nowMs,
    lasting,
  );
}

describe('what is kept in memory', () => {
  test('is read once for all who ask at the same time, and again after a second', async () => {
    const one = fresh();
    expect(await Promise.all([one.get(), one.get()])).toEqual(['first', 'first']);
    nowMs = 999;
    expect([await one.get(), asked]).toEqual(['first', 1]);
    [nowMs, answer] = [1000, () => Promise.resolve('second')];
    expect([await one.get(), asked]).toEqual(['second', 2]);
  });

  test('is read again at once where its version has changed', async () => {
    version = '1';
    const one = fresh();
    await one.get();
    [version, answer] = ['2', () => Promise.resolve('second')];
    expect(await one.get()).toBe('second');
  });

  test('is not given once it could not be read', async () => {
    const one = fresh();
    await one.get();
    [nowMs, answer] = [1000, () => Promise.reject(away)];
    await expect(one.get()).rejects.toBe(away);
  });
});

describe('what must not be old', () => {
  test('is read again unless it was read just now, and not while the store is away', async () => {
    const one = fresh(outlasting);
    await one.get();
    nowMs = 99;
    expect([await one.getNewer(100), asked]).toEqual(['first', 1]);
    [nowMs, answer] = [100, () => Promise.resolve('second')];
    expect([await one.getNewer(100), await one.get(), asked]).toEqual(['second', 'second', 2]);
    answer = () => Promise.reject(away);
    for (nowMs of [1100, 1500])
      expect([await one.get(), await one.getNewer(100), asked]).toEqual(['second', 'second', 3]);
  });

  test('is what a version says', async () => {
    version = '1';
    const one = fresh();
    await one.get();
    nowMs = 500;
    expect([await one.getNewer(100), asked]).toEqual(['first', 1]);
  });
});

describe('what may outlast an outage', () => {
  test('is given while the store is away, which is asked once a second, and as long as it may be old', async () => {
    const one = fresh(outlasting);
    await one.get();
    answer = () => Promise.reject(away);
    for (nowMs of [1000, 1500, 1999]) expect([await one.get(), asked]).toEqual(['first', 2]);
    nowMs = 2000;
    expect([await one.get(), asked]).toEqual(['first', 3]);
    nowMs = 60_000;
    await expect(one.get()).rejects.toBe(away);
    answer = () => Promise.resolve('second');
    expect(await one.get()).toBe('second');
  });

  test('is given after a second where the store takes longer, and replaced when that has answered', async () => {
    const one = fresh(outlasting);
    await one.get();
    nowMs = 1000;
    let end: (text: string) => void = () => undefined;
    answer = () => new Promise((resolve) => (end = resolve));
    const waiting = one.get();
    await vi.advanceTimersByTimeAsync(1000);
    expect([await waiting, await one.get(), asked]).toEqual(['first', 'first', 2]);
    end('second');
    await vi.advanceTimersByTimeAsync(0);
    expect([await one.get(), asked]).toEqual(['second', 2]);
  });

  test('is not given where the store says that it is gone', async () => {
    const one = fresh(outlasting);
    await one.get();
    [nowMs, answer] = [1000, () => Promise.reject(new Error('gone'))];
    await expect(one.get()).rejects.toThrow('gone');
    answer = () => Promise.reject(away);
    await expect(one.get()).rejects.toBe(away);
  });

  test('is nothing that has a version: a file is there or is not', async () => {
    version = '1';
    const one = fresh(outlasting);
    await one.get();
    [version, answer] = [undefined, () => Promise.reject(away)];
    await expect(one.get()).rejects.toBe(away);
  });
});
