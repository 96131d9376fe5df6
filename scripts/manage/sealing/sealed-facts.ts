import { storeOf, type Context } from '../../context';
import { closedBy } from '../../environment/files/dotenv';
import { Failure } from '../../errors';
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
    lack,
    closedBy: source?.kind === 'file' && lack?.code !== 'no_key' ? closing(source.file) : undefined,
    isKeyInVariable: source?.kind === 'variable',
    hasEscrow: sealing.ring.recipients.length > 0,
  };
}

function closing(file: string): SealedFacts['closedBy'] {
  const command = closedBy(file);
  return command === undefined ? undefined : { file, command };
}

/** Opens and seals as a refresh does before it asks Xero. */
function lackOf(sealing: Sealing, source: KeySource | undefined): SealedFacts['lack'] {
  if (source === undefined) {
    const mend = `say where it is: ${keyVariables.file}, or ${keyVariables.command}; see npx evergrant key status`;
    return { code: 'no_key', problem: 'secrets are sealed here, and this process has no key', mend };
  }
  try {
    sealing.prove('doctor');
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { code: error.code, problem: problemOf(error, source.where), mend: error.hint };
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
