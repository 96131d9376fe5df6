import { storeOf, type Context } from '../../context';
import { closedBy } from '../../environment/files/dotenv';
import { Failure, invalid } from '../../errors';
import { keySourceIn, keyVariables, type KeySource } from '../../sealing/key-source';
import type { Sealing } from '../../sealing/sealing';
import type { SealedFacts } from '../../status/diagnose-sealing';

/** What `doctor` says of a store with sealed secrets; undefined for one that has none. @throws Failure `invalid` */
export async function sealedFacts(context: Context): Promise<SealedFacts | undefined> {
  const sealing = await storeOf(context).keyRing().sealing();
  if (sealing === undefined || (!sealing.ring.isSealing && sealing.ring.except.length === 0)) return undefined;
  const source = keySourceIn(context.variables(), context.env());
  const lack = lackOf(sealing, source);
  return {
    lack: lack && { code: lack.code, problem: lack.message, mend: lack.hint },
    closedBy: source?.kind === 'file' && lack?.code !== 'no_key' ? closing(source.file) : undefined,
    isKeyInVariable: source?.kind === 'variable',
    hasEscrow: sealing.ring.recipients.length > 0,
  };
}

function closing(file: string): SealedFacts['closedBy'] {
  const command = closedBy(file);
  return command === undefined ? undefined : { file, command };
}

/**
 * Proves that this process can open and seal, before a run asks for anything: without the key each environment would fail for
 * that one reason. Where some are not sealed on purpose, each has to be tried.
 * @throws Failure
 */
export async function demandKey(context: Context): Promise<void> {
  const sealing = await storeOf(context).keyRing().sealing();
  if (sealing === undefined || !sealing.ring.isSealing || sealing.ring.except.length > 0) return;
  const lack = lackOf(sealing, keySourceIn(context.variables(), context.env()));
  if (lack !== undefined) throw lack;
}

/** Opens and seals as a refresh does before it asks Xero; undefined when it can. */
function lackOf(sealing: Sealing, source: KeySource | undefined): Failure | undefined {
  if (source === undefined) {
    const hint = `say where it is: ${keyVariables.file}, or ${keyVariables.command}; see npx evergrant key status`;
    return invalid('no_key', 'secrets are sealed here, and this process has no key', hint);
  }
  try {
    sealing.prove('doctor');
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, code, hint } = error;
    return new Failure(kind, code, problemOf(error, source.where), hint, { cause: error });
  }
}

/** The failure in words that name no environment. */
function problemOf({ code, message }: Failure, where: string): string {
  if (code === 'wrong_key') return `the key in ${where} does not open what is sealed here`;
  if (code === 'access_key_only')
    return `the key in ${where} is for access tokens alone: nothing can be refreshed here`;
  if (code === 'no_access_key') return `the key in ${where} is for refresh tokens alone`;
  return message;
}
