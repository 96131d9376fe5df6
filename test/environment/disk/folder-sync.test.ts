import fs from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { syncFolder } from '../../../scripts/environment/disk/folder-sync';
import { makeFolder } from '../files/children';

let folder: string;
/** The fsyncs under way: each ends when the test says so. */
let underWay: ((error: Error | null) => void)[];

beforeEach(() => {
  folder = makeFolder();
  underWay = [];
  vi.spyOn(fs, 'fsync').mockImplementation((_, done) => void underWay.push(done));
});

afterEach(() => void vi.restoreAllMocks());

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Syncs the folder; `outcome` says what has become of it by now. */
function sync(of = folder): { outcome: string } {
  const watched = { outcome: 'waits' };
  syncFolder(of).then(
    () => (watched.outcome = 'synced'),
    (error: unknown) => (watched.outcome = error instanceof Error ? error.message : 'no error'),
  );
  return watched;
}

async function outcomes(syncs: readonly { outcome: string }[]): Promise<string[]> {
  await nextTurn();
  return syncs.map(({ outcome }) => outcome);
}

function end(error: Error | null = null): void {
  underWay.shift()?.(error);
}

test('one caller waits for one fsync', async () => {
  const syncs = [sync()];
  expect([underWay.length, await outcomes(syncs)]).toEqual([1, ['waits']]);
  end();
  expect(await outcomes(syncs)).toEqual(['synced']);
});

test('callers that come while one is under way share the next, because the first may have begun too early for them', async () => {
  const syncs = [sync(), sync(), sync()];
  expect(underWay.length).toBe(1);
  end();
  expect([await outcomes(syncs), underWay.length]).toEqual([['synced', 'waits', 'waits'], 1]);
  end();
  expect([await outcomes(syncs), underWay.length]).toEqual([['synced', 'synced', 'synced'], 0]);
});

test('one that comes during the shared fsync waits for another', async () => {
  const syncs = [sync(), sync()];
  end();
  await nextTurn();
  syncs.push(sync());
  end();
  expect([await outcomes(syncs), underWay.length]).toEqual([['synced', 'synced', 'waits'], 1]);
  end();
  expect(await outcomes(syncs)).toEqual(['synced', 'synced', 'synced']);
});

test('an fsync that fails fails its own callers only', async () => {
  const syncs = [sync(), sync(), sync()];
  end(new Error('EIO'));
  await nextTurn();
  end();
  expect(await outcomes(syncs)).toEqual(['EIO', 'synced', 'synced']);
});

test('one that fails for several fails for all of them, and for none after', async () => {
  const syncs = [sync(), sync(), sync()];
  end();
  await nextTurn();
  end(new Error('EIO'));
  expect(await outcomes(syncs)).toEqual(['synced', 'EIO', 'EIO']);
  const later = sync();
  end();
  expect(await outcomes([later])).toEqual(['synced']);
});

test('folders are synced each on its own', async () => {
  const syncs = [sync(), sync(makeFolder())];
  expect(underWay.length).toBe(2);
  end();
  expect(await outcomes(syncs)).toEqual(['synced', 'waits']);
  end();
});

test('a mount that cannot sync folders is no failure', async () => {
  const syncs = [sync()];
  end(Object.assign(new Error('invalid'), { code: 'EINVAL' }));
  expect(await outcomes(syncs)).toEqual(['synced']);
});

test('a folder that is not there is one', async () => {
  await expect(syncFolder(`${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
});
