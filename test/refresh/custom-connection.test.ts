import { describe, expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import type { Answer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { answer } from './support/fake-xero';
import { memoryStored } from './support/memory-store';
import { after, custom, granted, dead, lost, unsent, usual, minute, world, outcomeOf } from './support/refresh-world';

describe('a custom connection', () => {
  const own = { xero_tenant_id: 'tenant-1' };
  const jwt = `e30.${Buffer.from(JSON.stringify(own)).toString('base64url')}.sig`;

  test('asks with its secret alone, without a mark, and learns its organisation', async () => {
    const given = world(custom, [answer(200, { access_token: jwt, expires_in: 1800, token_type: 'Bearer' })]);
    expect(await outcomeOf(given)).toBe('refreshed');
    expect(given.asked).toEqual(['Get access token: ']);
    expect(given.steps).not.toContain('write refresh_started_at');
    expect(given.disk.rows).toEqual({
      ...custom,
      access_token: jwt,
      access_token_expires_at: after(30 * minute),
      generation: '2',
      tenant_id: 'tenant-1',
    });
  });

  test.each<[string, Answer, string]>([
    ['an answer that was lost', lost, 'temporary_failure not_answering'],
    ['an answer that was never sent', unsent, 'temporary_failure not_answering'],
    ['a refusal of its settings', answer(400, { error: 'invalid_client' }), 'refused invalid_client'],
  ])('loses nothing by %s', async (_, reply, outcome) => {
    const given = world(custom, [reply]);
    expect([await outcomeOf(given), given.disk.rows]).toEqual([outcome, custom]);
  });

  test('is never sent to a consent link that it cannot have', async () => {
    const given = world(custom, [dead]);
    const stored = memoryStored(given.disk);
    const failure = await refreshGrant(stored, usual, given.effects).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).hint).not.toContain('evergrant consent');
  });

  test('without a token asks for its first one', async () => {
    const given = world({ ...custom, access_token: '', access_token_expires_at: '', grant_status: 'never_connected' }, [
      granted,
    ]);
    expect(await outcomeOf(given)).toBe('refreshed');
  });
});
