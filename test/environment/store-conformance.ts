import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { valueOf, type Changes, type ContractKey, type Environment } from '../../scripts/environment/environment';
import { secretHash, withClient, type Client } from '../../scripts/environment/client';
import { tokenFingerprint } from '../../scripts/environment/grant';
import type { EnvironmentStore, LockedEnvironment, StoredEnvironment } from '../../scripts/environment/store';
import type { Attempt } from '../../scripts/history/attempt';
import { jwt } from '../support/environments';

/** A store to be tried, with environments of the test's own in it. */
export interface StoreUnderTest {
  /** The store as a process opens it; each call is another process's view. */
  open(): EnvironmentStore;
  /** Puts an environment there, or other rows in the place of one that is there. */
  put(name: string, rows: Readonly<Record<string, string>>): Promise<void>;
  /** From now on no token set can be kept in place. */
  spoil(name: string): Promise<void>;
  /** Ends that. */
  mend(name: string): Promise<void>;
  remove(): Promise<void>;
}

const rows = {
  app_type: 'web',
  client_id: 'the-client',
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  generation: '1',
  refresh_started_at: '',
  grant_status: 'connected',
};

function tokens(generation: number): Changes {
  return {
    access_token: `access-${generation}`,
    refresh_token: `refresh-${generation}`,
    access_token_expires_at: '2026-11-22T10:30:00.000Z',
    refresh_token_expires_at: '2027-01-21T10:00:00.000Z',
    generation: String(generation),
    refresh_started_at: '',
    grant_status: 'connected',
  };
}

const attempt: Attempt = {
  at: new Date('2026-11-22T10:00:00.000Z'),
  environment: 'acme',
  outcome: 'refreshed',
  durationMs: 7,
  tries: 1,
  generation: 2,
  before: 'a1',
  after: 'b2',
  status: 200,
  correlation: null,
  error: null,
  moved: null,
};

/** What every store of environments must do. A store calls this in its own test file. */
export function conformsAsStore(make: () => Promise<StoreUnderTest>): void {
  let given: StoreUnderTest;
  beforeEach(async () => {
    given = await make();
    await given.put('acme', rows);
  });
  afterEach(() => given.remove());

  const acme = (): StoredEnvironment => given.open().environment('acme');
  const held = async (key: 'refresh_token' | 'generation' | 'grant_status' | 'tenant_name'): Promise<string> =>
    valueOf(await acme().read(), key);

  async function whileLocked<T>(work: (locked: LockedEnvironment) => Promise<T>): Promise<T> {
    const locked = await acme().lock(0);
    try {
      return await work(locked);
    } finally {
      await locked.release();
    }
  }

  const save = (generation: number): Promise<void> =>
    whileLocked(async (locked) => {
      await locked.prepareSave({});
      locked.keep(tokens(generation));
      await locked.settle();
    });

  describe('a store', () => {
    test('lists the names of its environments, sorted, and reads many at once', async () => {
      await given.put('birch', { ...rows, refresh_token: 'other' });
      expect(await given.open().names()).toEqual(['acme', 'birch']);
      const looks: [string, string | undefined][] = [];
      for await (const look of given.open().look(['birch', 'nobody', 'acme'])) {
        looks.push([look.given, 'error' in look ? undefined : valueOf(look.environment, 'refresh_token')]);
      }
      expect(looks).toEqual([
        ['birch', 'other'],
        ['nobody', undefined],
        ['acme', 'refresh-1'],
      ]);
    });

    test('refuses a bad name, and an environment that does not exist', async () => {
      expect(() => given.open().environment('No Name')).toThrow(expect.objectContaining({ kind: 'invalid' }));
      await expect(given.open().environment('nobody').read()).rejects.toMatchObject({ kind: 'invalid' });
      await expect(given.open().environment('nobody').lock(0)).rejects.toMatchObject({ kind: 'invalid' });
    });

    test('knows which environments a state may be for', async () => {
      const claims = await given.open().claims((state) => state);
      expect([await claims.claimants('acme'), await claims.claimants('nobody')]).toEqual([['acme'], []]);
      expect(await claims.pick(7)).toBe('acme');
    });
  });

  describe('the clients', () => {
    const at = new Date('2026-11-22T10:00:00.000Z');
    const client = (id: string): Client => ({
      id,
      environments: ['acme'],
      createdAt: at,
      expiresAt: null,
      secrets: [{ hash: secretHash(id), createdAt: at, endsAt: null }],
    });

    test('are none at first, and are there for every process once they were added', async () => {
      expect(await given.open().clients().list()).toEqual([]);
      const added = { ...client('reports'), environments: null, expiresAt: at };
      await given
        .open()
        .clients()
        .change((clients) => withClient(clients, added), 1000);
      expect(await given.open().clients().list()).toEqual([added]);
    });

    test('that are added at once are all there', async () => {
      const ids = Array.from({ length: 8 }, (_, at) => `client-${at}`);
      const add = (id: string): Promise<void> =>
        given
          .open()
          .clients()
          .change((clients) => withClient(clients, client(id)), 10_000);
      await Promise.all(ids.map(add));
      const there = await given.open().clients().list();
      expect(there.map(({ id }) => id)).toEqual(ids);
    });

    test('stay as they were when a change is refused', async () => {
      const clients = given.open().clients();
      await clients.change((all) => withClient(all, client('reports')), 1000);
      const before = clients.version();
      const refused = clients.change(() => {
        throw new Error('refused');
      }, 1000);
      await expect(refused).rejects.toThrow('refused');
      expect([await clients.list(), clients.version()]).toEqual([[client('reports')], before]);
    });

    test('and an environment have another version once they have changed, where there are versions', async () => {
      const [clients, stored] = [given.open().clients(), acme()];
      const before = [clients.version(), stored.version()];
      await clients.change((all) => withClient(all, client('reports')), 1000);
      await save(2);
      const isSame = [clients.version() === before[0], stored.version() === before[1]];
      expect(isSame).toEqual(before.map((version) => version === undefined));
    });
  });

  describe('another name', () => {
    test('takes everything along, and the old one is known as a former name', async () => {
      await save(2);
      await acme().record(attempt);
      await given.open().rename('acme', 'birch', 0);
      const birch = given.open().environment('birch');
      expect([await given.open().names(), valueOf(await birch.read(), 'refresh_token')]).toEqual([
        ['birch'],
        'refresh-2',
      ]);
      expect([await given.open().currentName('acme'), await given.open().currentName('birch')]).toEqual([
        'birch',
        undefined,
      ]);
      expect([await birch.hadName('acme'), await birch.hadName('birch')]).toEqual([true, false]);
      expect((await birch.attempts()).map(({ outcome }) => outcome)).toEqual(['refreshed', 'renamed']);
      expect((await given.open().lastAttempts()).get('birch')).toMatchObject({ outcome: 'refreshed' });
      const locked = await birch.lock(0);
      expect(valueOf((await locked.candidates(0))[0] ?? (await birch.read()), 'generation')).toBe('2');
      await locked.release();
      const claims = await given.open().claims((state) => state);
      expect(await claims.claimants('acme')).toEqual(['birch']);
    });

    test('keeps the codes that were used, and is refused while it is taken or another process holds the lock', async () => {
      await given.put('birch', rows);
      await expect(given.open().rename('acme', 'birch', 0)).rejects.toMatchObject({ kind: 'invalid' });
      await expect(given.open().rename('nobody', 'cedar', 0)).rejects.toMatchObject({ kind: 'invalid' });
      await whileLocked(async (locked) => {
        await locked.markUsed('a-code');
        await expect(given.open().rename('acme', 'cedar', 0)).rejects.toMatchObject({ kind: 'busy' });
      });
      await given.open().rename('acme', 'cedar', 0);
      const locked = await given.open().environment('cedar').lock(0);
      expect(await locked.isUsed('a-code')).toBe(true);
      await locked.release();
    });
  });

  describe('an environment that is removed', () => {
    test('is gone with all its tokens, and a new one of its name knows nothing of them', async () => {
      await save(2);
      await given.open().remove('acme', 0, () => undefined);
      expect(await given.open().names()).toEqual([]);
      await expect(acme().read()).rejects.toMatchObject({ kind: 'invalid' });
      await expect(given.open().remove('acme', 0, () => undefined)).rejects.toMatchObject({ kind: 'invalid' });
      await given.put('acme', rows);
      const kept = await whileLocked((locked) => locked.candidates(0));
      expect(kept.map((one) => valueOf(one, 'refresh_token'))).not.toContain('refresh-2');
    });

    test('stays where whoever removes it changes his mind', async () => {
      const kept = new Error('kept');
      const mayGo = (there: Environment | undefined): void => {
        expect(there && valueOf(there, 'refresh_token')).toBe('refresh-1');
        throw kept;
      };
      await expect(given.open().remove('acme', 0, mayGo)).rejects.toBe(kept);
      expect(await held('refresh_token')).toBe('refresh-1');
    });
  });

  describe('an app', () => {
    test('is kept once for all environments that name it, whose blanks it fills', async () => {
      const store = given.open();
      expect([await store.apps(), (await store.app('books').read()).values]).toEqual([[], undefined]);
      const values = { client_id: 'of-the-app', scopes: 'openid' };
      expect(await store.app('books').change(values, 0)).toEqual(['client_id', 'scopes']);
      expect(await store.app('books').change({ scopes: '', client_id: 'of-the-app' }, 0)).toEqual(['scopes']);
      await given.put('birch', { ...rows, client_id: '', app: 'books' });
      const read = await given.open().environment('birch').read();
      expect([await given.open().apps(), read.app?.values, valueOf(read, 'client_id')]).toEqual([
        ['books'],
        { client_id: 'of-the-app' },
        '',
      ]);
    });

    test('refuses a bad name, and is seen by a holder of the lock as by any reader', async () => {
      expect(() => given.open().app('No Name')).toThrow(expect.objectContaining({ kind: 'invalid' }));
      await given.open().app('books').change({ client_id: 'of-the-app' }, 0);
      await given.put('acme', { ...rows, app: 'books' });
      expect((await whileLocked((locked) => locked.read())).app?.values?.client_id).toBe('of-the-app');
      expect(await given.open().app('books').facts()).toEqual({ isReadableByOthers: false, isTracked: false });
    });
  });

  describe('a lock', () => {
    test('makes others wait until it is released, or until their time is over', async () => {
      const first = await acme().lock(0);
      await expect(acme().lock(0)).rejects.toMatchObject({ kind: 'busy' });
      const second = acme().lock(10_000);
      expect(await first.mayStillSend()).toBe(true);
      await first.release();
      await (await second).release();
    });

    test('tells whether somebody holds it, and waits for nobody', async () => {
      expect(await acme().isLocked()).toBe(false);
      const locked = await acme().lock(0);
      expect(await acme().isLocked()).toBe(true);
      await locked.release();
      expect(await acme().isLocked()).toBe(false);
      expect(await given.open().environment('nobody').isLocked()).toBe(false);
    });

    test('reads what another process has written since the first look', async () => {
      const before = await acme().read();
      await save(2);
      const now = await whileLocked((locked) => locked.read());
      expect([valueOf(before, 'generation'), valueOf(now, 'generation')]).toEqual(['1', '2']);
    });
  });

  describe('a token set', () => {
    test('is seen by the next reader once it is settled, and all else stays', async () => {
      await given.put('acme', { ...rows, our_note: 'kept' });
      await save(2);
      const now = await acme().read();
      expect([valueOf(now, 'refresh_token'), rowIn(now, 'our_note')]).toEqual(['refresh-2', 'kept']);
    });

    test('is seen by its holder as by any reader, in every row', async () => {
      await given.put('acme', { ...rows, our_note: 'kept' });
      const all = (one: Environment): object =>
        Object.fromEntries(one.variables.map(({ key }) => [key, valueOf(one, key as ContractKey)]));
      await whileLocked(async (locked) => {
        await locked.prepareSave({ refresh_started_at: new Date().toISOString() });
        locked.keep(tokens(2));
        await locked.settle();
        const [own, any] = [await locked.read(), await acme().read()];
        expect(all(own)).toEqual(all(any));
        expect([tokenFingerprint(own), own.startedOn]).toEqual([tokenFingerprint(any), any.startedOn]);
        locked.keep(tokens(3));
        await locked.settle();
        await locked.write({ tenant_name: 'Maple Bakery', refresh_started_at: '' });
        const last = all(await locked.read());
        expect(last).toEqual(all(await acme().read()));
        expect(last).toMatchObject({ tenant_name: 'Maple Bakery', refresh_token: 'refresh-3', generation: '3' });
      });
    });

    test('is kept at once: nothing has to be awaited before it is there', async () => {
      await whileLocked(async (locked) => {
        await locked.prepareSave({});
        locked.keep(tokens(2));
        await locked.settle();
        expect(valueOf(await locked.read(), 'refresh_token')).toBe('refresh-2');
      });
    });

    test('is kept elsewhere when its place can’t be written, and the next holder picks it up', async () => {
      const failure = await whileLocked(async (locked) => {
        await locked.prepareSave({});
        await given.spoil('acme');
        return await Promise.resolve()
          .then(() => locked.keep(tokens(2)))
          .then(() => locked.settle())
          .catch((error: unknown) => error)
          .finally(() => given.mend('acme'));
      });
      expect(failure).toMatchObject({ kind: 'not_saved' });
      expect([await acme().hasRecovery(), await held('refresh_token')]).toEqual([true, 'refresh-1']);
      expect(await whileLocked((locked) => locked.pickUpRecovery())).toBe(true);
      expect([await acme().hasRecovery(), await held('refresh_token')]).toEqual([false, 'refresh-2']);
      expect(await whileLocked((locked) => locked.pickUpRecovery())).toBe(false);
    });

    test('is among the candidates of later ones, the newest first', async () => {
      for (const generation of [2, 3, 4]) await save(generation);
      const candidates = await whileLocked((locked) => locked.candidates(0));
      expect(candidates.map((one) => valueOf(one, 'refresh_token')).slice(0, 3)).toEqual([
        'refresh-4',
        'refresh-3',
        'refresh-2',
      ]);
      expect(await whileLocked((locked) => locked.candidates(3))).toHaveLength(1);
    });

    test('of an earlier consent has not the organisation of the last one', async () => {
      for (const [at, event] of ['one', 'two'].entries()) {
        await whileLocked(async (locked) => {
          await locked.prepareSave({});
          const access_token = jwt({ authentication_event_id: event });
          locked.keep({ ...tokens(at + 2), access_token, tenant_id: `tenant-${event}` });
          await locked.settle();
        });
      }
      const kept = await whileLocked((locked) => locked.candidates(1));
      const organisations = kept.map((one) => [valueOf(one, 'generation'), valueOf(one, 'tenant_id')]);
      expect(organisations[0]).toEqual(['3', 'tenant-two']);
      expect(organisations[1]?.[1]).not.toBe('tenant-two');
    });

    test('that is held can be kept for a person before its rows are blank', async () => {
      await whileLocked(async (locked) => {
        await locked.keepHeld();
        await locked.write({
          access_token: '',
          refresh_token: '',
          generation: '2',
          handed_over_at: '2026-11-22T10:00:00.000Z',
        });
        await locked.keepHeld();
      });
      const kept = await whileLocked((locked) => locked.candidates(0));
      expect(kept.map((one) => valueOf(one, 'refresh_token'))).toContain('refresh-1');
      expect([await held('refresh_token'), await held('generation')]).toEqual(['', '2']);
    });

    test('in which no token can be read is kept, and its place is returned', async () => {
      expect(await whileLocked(async (locked) => locked.keepAnswer('{"access_token":"{{x}}"}'))).toEqual(
        expect.any(String),
      );
    });
  });

  describe('a refusal', () => {
    test('ends the grant whose token was refused', async () => {
      expect(await whileLocked((locked) => locked.refuse('refresh-1'))).toBe(true);
      expect([await held('grant_status'), await held('refresh_token')]).toEqual(['consent_needed', 'refresh-1']);
    });

    test('of a token that is not held any more changes nothing', async () => {
      await save(2);
      expect(await whileLocked((locked) => locked.refuse('refresh-1'))).toBe(false);
      expect(await held('grant_status')).toBe('connected');
    });
  });

  describe('a store keeps', () => {
    test('rows, the time of a Retry-After, and codes that were used', async () => {
      const until = new Date('2026-11-22T10:05:00.000Z');
      await whileLocked(async (locked) => {
        await locked.write({ tenant_name: 'Grüße "Ltd"' });
        await locked.setRetryAfter(until);
        await locked.markUsed('a-code');
      });
      const remembered = await whileLocked(async (locked) => [
        await locked.retryAfter(),
        await locked.isUsed('a-code'),
        await locked.isUsed('another'),
      ]);
      expect([await held('tenant_name'), ...remembered]).toEqual(['Grüße "Ltd"', until, true, false]);
      expect(await acme().postponedUntil()).toEqual(until);
      await whileLocked((locked) => locked.setRetryAfter(null));
      expect(await whileLocked((locked) => locked.retryAfter())).toBeNull();
    });

    test('attempts, in the order in which they ended', async () => {
      await acme().record({ ...attempt, outcome: 'busy' });
      await (await acme().lock(0)).release({ ...attempt, outcome: 'adopted' });
      await (await acme().lock(0)).release(attempt);
      expect((await acme().attempts()).map(({ outcome }) => outcome)).toEqual(['busy', 'adopted', 'refreshed']);
      expect((await given.open().lastAttempts()).get('acme')).toMatchObject({ outcome: 'refreshed' });
    });

    test('an attempt, though no store may take it, and the environment is free', async () => {
      await (await acme().lock(0)).release({ ...attempt, error: { code: 'odd', message: 'a\0' } });
      expect(await acme().isLocked()).toBe(false);
    });

    test('what people were told of all environments, which one process at a time may change', async () => {
      const at = new Date('2026-11-22T10:00:00.000Z');
      const trouble = { name: 'acme', outcome: 'refused', code: 'invalid_client', since: at, saidAt: at, isOwn: false };
      const first = await given.open().lockSaid(0);
      expect([await first.troubles(), await given.open().said()]).toEqual([[], []]);
      const other = await given.open().lockSaid(0);
      await expect(other.note([])).rejects.toMatchObject({ code: 'not_noted' });
      await first.note([trouble, { ...trouble, name: 'birch' }]);
      await first.note([trouble]);
      await first.release();
      const second = await given.open().lockSaid(0);
      expect([await second.troubles(), await given.open().said()]).toEqual([[trouble], [trouble]]);
      await second.release();
    });

    test('attempts, counted by day', async () => {
      const now = new Date('2026-11-22T10:00:00.000Z');
      for (const [day, outcome] of [
        ['20', 'connected'],
        ['22', 'refreshed'],
        ['22', 'refreshed'],
        ['22', 'temporary_failure'],
      ] as const) {
        await acme().record({ ...attempt, at: new Date(`2026-11-${day}T01:00:00.000Z`), outcome });
      }
      const days = (await given.open().days(now)).byName.get('acme');
      expect([days?.from, [...(days?.successes.slice(-3) ?? [])], [...(days?.failures.slice(-3) ?? [])]]).toEqual([
        57,
        [1, 0, 2],
        [0, 0, 1],
      ]);
    });

    test('what hooks were notified of, which one process at a time may change', async () => {
      const noted = { outcome: 'refreshed', generation: 2, organisation: { id: 'id', name: 'Acme' } };
      expect(await acme().lastNotified()).toBeUndefined();
      const first = await acme().lockNotified();
      expect(await acme().lockNotified()).toBeUndefined();
      await first?.note(noted);
      await first?.release();
      const second = await acme().lockNotified();
      expect([await second?.last(), await acme().lastNotified()]).toEqual([noted, noted]);
      await second?.release();
    });
  });

  describe('a token set that is put aside', () => {
    const setAside = (): Promise<void> =>
      whileLocked(async (locked) => {
        await locked.prepareSave({});
        locked.aside.keep(tokens(2));
        await locked.settle();
      });

    test('is not the environment’s until it is judged', async () => {
      await setAside();
      expect([await held('refresh_token'), await acme().hasPending(), await acme().hasAside()]).toEqual([
        'refresh-1',
        true,
        true,
      ]);
      const pending = await whileLocked((locked) => locked.aside.pending());
      expect(pending && valueOf(pending, 'refresh_token')).toBe('refresh-2');
      await whileLocked((locked) => locked.aside.clear());
      expect([await acme().hasPending(), await acme().hasAside()]).toEqual([false, false]);
    });

    test('stays when it is refused, and can be judged once more', async () => {
      await setAside();
      await whileLocked((locked) => locked.aside.refuse());
      expect([await acme().hasPending(), await acme().hasAside()]).toEqual([false, true]);
      await whileLocked((locked) => locked.aside.reconsider());
      expect(await acme().hasPending()).toBe(true);
    });

    test('is refreshed in its own place like any environment', async () => {
      await setAside();
      await whileLocked(async (locked) => {
        const own = await locked.aside.stored().lock(0);
        await own.prepareSave({});
        own.keep(tokens(3));
        await own.settle();
        await own.release();
        const pending = await locked.aside.pending();
        expect(pending && valueOf(pending, 'refresh_token')).toBe('refresh-3');
      });
      expect(await held('refresh_token')).toBe('refresh-1');
    });
  });
}

function rowIn({ variables }: Environment, key: string): unknown {
  return variables.find((row) => row.key === key)?.value;
}
