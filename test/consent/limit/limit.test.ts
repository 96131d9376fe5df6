import { describe, expect, test } from 'vitest';
import { formatUsed, fullness, knownLimit } from '../../../scripts/consent/limit/limit';
import { diagnoseLimit } from '../../../scripts/status/diagnosis';

describe('the connections of an app', () => {
  test.each<[number, number | null, string, string | undefined]>([
    [0, null, '0 organisations are connected to this app; a Starter app may have 5', undefined],
    [1, null, '1 organisation is connected to this app; a Starter app may have 5', undefined],
    [
      5,
      null,
      '5 organisations are connected to this app; a Starter app may have 5',
      '5 organisations are connected to this app, which is all that a Starter app may have',
    ],
    [6, null, '6 organisations are connected to this app; a Core app may have 50', undefined],
    [
      1000,
      null,
      '1,000 organisations are connected to this app; a Plus app may have 1,000',
      '1,000 organisations are connected to this app, which is all that a Plus app may have',
    ],
    [10_001, null, '10,001 organisations are connected to this app', undefined],
    [5, 50, '5 organisations are connected to this app, which may have 50', undefined],
    [
      50,
      50,
      '50 organisations are connected to this app, which may have 50',
      'all 50 connections of this app are used',
    ],
    [3, 2, '3 organisations are connected to this app, which may have 2', 'all 2 connections of this app are used'],
  ])('%i, of %j', (used, limit, words, full) => {
    const connections = { used, limit, holdsOwn: false };
    expect([formatUsed(connections), fullness(connections)]).toEqual([words, full]);
    expect(diagnoseLimit(connections).map(({ kind, code, problem }) => [kind, code, problem])).toEqual(
      full === undefined ? [] : [['warning', 'connection_limit', full]],
    );
  });

  test.each([
    [undefined, null],
    [' ', null],
    ['50', 50],
  ])('XERO_CONNECTION_LIMIT=%j means %j', (text, limit) => {
    expect(knownLimit({ XERO_CONNECTION_LIMIT: text })).toBe(limit);
  });

  test.each(['0', '-1', 'many', '1e3'])('XERO_CONNECTION_LIMIT=%s is refused', (text) => {
    expect(() => knownLimit({ XERO_CONNECTION_LIMIT: text })).toThrow(expect.objectContaining({ code: 'bad_limit' }));
  });
});
