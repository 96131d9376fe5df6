import { invalid, systemCode } from '../../errors';
import { readGiven } from '../../given-file';
import type { DataKeys } from '../../sealing/key-ring';

/** The library is an ES module, and only the verbs of `key` load it. */
const age = async (): Promise<typeof import('age-encryption')> => await import('age-encryption');

/** @throws Failure `invalid` for a text that is no age recipient */
export async function checkRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await age();
  for (const recipient of recipients) {
    try {
      new Encrypter().addRecipient(recipient);
    } catch (error) {
      const hint = 'make one with age-keygen, which prints a public key that begins with age1';
      throw invalid('bad_recipient', 'what --escrow names is no recipient of age', hint, error);
    }
  }
}

/** Data keys that the holders of these recipients' identities can open, in age's armored format. */
export async function escrowed({ access, refresh }: DataKeys, recipients: readonly string[]): Promise<string> {
  const { Encrypter, armor } = await age();
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const text = JSON.stringify({ access: access.toString('base64url'), refresh: refresh.toString('base64url') });
  return armor.encode(await encrypter.encrypt(text));
}

/** The data keys in an escrow, by the identities in an age key file. @throws Failure `invalid` */
export async function fromEscrow(escrow: string, identityFile: string): Promise<DataKeys> {
  const { Decrypter, armor } = await age();
  const decrypter = new Decrypter();
  for (const identity of identitiesIn(identityFile)) decrypter.addIdentity(identity);
  try {
    const text = await decrypter.decrypt(armor.decode(escrow), 'text');
    const { access, refresh } = JSON.parse(text) as { access: string; refresh: string }; // as escrowed writes it
    return { access: Buffer.from(access, 'base64url'), refresh: Buffer.from(refresh, 'base64url') };
  } catch (error) {
    const hint = 'name the identity whose recipient was given to key init --escrow';
    throw invalid('not_the_identity', `the identity in ${identityFile} does not open the escrow`, hint, error);
  }
}

const mostIdentityBytes = 64 * 1024;

function identitiesIn(file: string): string[] {
  try {
    const lines = readGiven(file, mostIdentityBytes).toString('utf8').split(/\r?\n/);
    const identities = lines.map((line) => line.trim()).filter((line) => line.startsWith('AGE-SECRET-KEY-'));
    if (identities.length > 0) return identities;
    throw invalid('no_identity', `there is no identity of age in ${file}`, 'name the file that age-keygen has written');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('no_identity', `cannot read ${file} (${code})`, 'name the file that age-keygen has written', error);
  }
}
