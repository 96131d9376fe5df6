import type { Context } from '../context';
import { appKeys } from '../environment/app-values';
import { has, secretsOf, type Environment } from '../environment/environment';
import type { NewFile } from '../environment/files/moving/new-file';
import { generationOf, grantOf } from '../environment/grant';
import { openedApp } from '../environment/sealed';
import { readable, type EnvironmentStore, type StoredApp, type StoredEnvironment } from '../environment/store';
import { heldTenantId } from '../environment/tenant';
import { invalid } from '../errors';
import { handOver } from './hand-over';
import { withoutSecrets } from './without-secrets';

/** Writes an environment without its tokens and secrets, for looking. @throws Failure `invalid` */
export async function exportForLooking(stored: StoredEnvironment, file: NewFile): Promise<void> {
  file.write(withoutSecrets(await stored.read()));
  file.publish();
}

/**
 * Moves an environment, with its tokens, from its store into a file. In order: the file is written where no program looks
 * for it; the environment is marked as handed over, what it held stays among its kept generations; the file gets its name.
 * Cut off, at most one of the two is used, and the same call finishes it. `appThere` is the app that the file will use.
 * @throws Failure, having changed nothing
 */
export async function exportHandedOver(
  stored: StoredEnvironment,
  file: NewFile,
  appThere: (name: string) => StoredApp,
  waitMs: number,
  context: Context,
): Promise<void> {
  const environment = await stored.read();
  for (const secret of secretsOf(environment)) context.console.secrets.add(secret);
  await takeAppAlong(environment, appThere);
  if (!isWritten(environment, file.waiting(), context.now())) {
    await handOver(stored, waitMs, (text) => file.write(text), context);
  }
  file.publish();
}

/** Whether an earlier run has moved it to this very place, where it may have been refreshed since. */
export async function isHandedOverTo(stored: StoredEnvironment, there: EnvironmentStore, now: Date): Promise<boolean> {
  const [own, file] = [await stored.read(), await readable(there.environment(stored.name))];
  if (file === undefined || grantOf(own, now).handedOverAt === null) return false;
  const isHeld = grantOf(file, now).handedOverAt === null && has(file, 'refresh_token');
  return isHeld && generationOf(file) >= generationOf(own) - 1 && heldTenantId(file) === heldTenantId(own);
}

/** Whether an earlier run was cut off between the mark and the file's name: the mark is the generation after the file's. */
function isWritten(environment: Environment, waiting: Environment | undefined, now: Date): boolean {
  const isMarked = grantOf(environment, now).handedOverAt !== null;
  return isMarked && waiting !== undefined && generationOf(environment) === generationOf(waiting) + 1;
}

/** @throws Failure `invalid` where there is another app of this name beside the file */
async function takeAppAlong({ app, name, sealing }: Environment, appThere: (name: string) => StoredApp): Promise<void> {
  if (app?.values === undefined) return;
  const there = appThere(app.name);
  const [own, values] = [openedApp(app, sealing?.()) ?? {}, await there.values()];
  const differing = appKeys.filter((key) => (values?.[key] ?? '') !== (own[key] ?? ''));
  if (values !== undefined && differing.length > 0) {
    const why = `${name} names the app ${app.name}, whose ${differing.join(', ')} in ${there.where} differs`;
    throw invalid('app_differs', why, `make the two the same: npx evergrant set --app ${app.name}`);
  }
  await there.change(own, 10_000);
}
