import { beforeEach, describe, expect, test } from 'vitest';
import { Turns } from '../../../scripts/consent/server/turns';

const limits = { atOnce: 2, waiting: 3, waitingEach: 1, longestWaitMs: 60_000 };

let turns: Turns;
let started: string[];
let ends: Map<string, () => void>;

beforeEach(() => {
  turns = new Turns(limits);
  [started, ends] = [[], new Map()];
});

/** A work that goes on until its end is ordered. */
function work(name: string, label = name): Promise<string> {
  return turns.take(name, () => {
    started.push(label);
    return new Promise((resolve) => ends.set(label, () => resolve(label)));
  });
}

function end(label: string): void {
  ends.get(label)?.();
}

const tooMany = { kind: 'temporary_failure', code: 'too_many_at_once' };

describe('turns', () => {
  test('are given to several names at once, one at a time for each, in order', async () => {
    const all = [work('a', 'a1'), work('a', 'a2'), work('b'), work('c')];
    await Promise.resolve();
    expect(started).toEqual(['a1', 'b']);
    end('b');
    await all[2];
    await Promise.resolve();
    expect(started).toEqual(['a1', 'b', 'c']); // a2 came before, but a is under way
    end('a1');
    await all[0];
    await Promise.resolve();
    expect(started).toEqual(['a1', 'b', 'c', 'a2']);
    end('a2');
    end('c');
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b', 'c']);
  });

  test('are refused to too many for one name, which delays no other name', async () => {
    const first = [work('a', 'a1'), work('a', 'a2')];
    await expect(work('a', 'a3')).rejects.toMatchObject(tooMany);
    const other = work('b');
    await Promise.resolve();
    expect(started).toEqual(['a1', 'b']);
    end('b');
    end('a1');
    await Promise.all([other, first[0]]);
    end('a2');
    await first[1];
  });

  test('are passed on after a failure', async () => {
    await expect(turns.take('a', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    const next = work('a');
    await Promise.resolve();
    end('a');
    expect(await next).toBe('a');
  });

  test('are refused to those that wait too long, and to all at the end', async () => {
    turns = new Turns({ ...limits, longestWaitMs: 1 });
    const first = work('a', 'a1');
    await expect(work('a', 'a2')).rejects.toMatchObject(tooMany);
    turns = new Turns(limits);
    const second = work('b', 'b1');
    const waiting = expect(work('b', 'b2')).rejects.toMatchObject(tooMany);
    turns.close();
    await waiting;
    end('a1');
    end('b1');
    expect(await Promise.all([first, second])).toEqual(['a1', 'b1']);
  });
});
