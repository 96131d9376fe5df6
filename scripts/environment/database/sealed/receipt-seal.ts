import { envelopeIn, isSealed } from '../../../sealing/envelope';
import { ringIn, textOfRing } from '../../../sealing/key-ring';
import type { Binding, Sealing } from '../../../sealing/sealing';
import { bindingOfText, type Changes, type ContractKey } from '../../environment';
import { secretKeys } from '../../sealed';
import type { Seals } from './seals';

/** What of a receipt matters for sealing it. */
interface Sealable {
  /** The connection's; with what waits beside it, `acme#pending`. */
  readonly name: string;
  readonly spent: number;
  readonly changes: Changes;
}

/** Seals the secrets of receipts, and of answers from which no token can be read, where the store wants that. */
export interface ReceiptSeal {
  /** @throws Failure `invalid` when this process has no key; not after it was proved that it has one */
  sealed(receipt: Sealable): Changes;
  sealedText(name: string, text: string): string;
  isAsKept(receipt: Sealable): boolean;
  /** `ringCopy` is a copy of the data keys, for what the database has none of. @throws Failure `invalid` without the key */
  opened(receipt: Sealable, ringCopy: () => string | undefined): Changes;
  /** The data keys that receipts are sealed with now; undefined where the store has none. */
  ringText(): string | undefined;
}

export function receiptSeal(seals: Seals): ReceiptSeal {
  const sealingFor = (name: string): Sealing | undefined =>
    seals.sealing?.seals(ownName(name)) === true ? seals.sealing : undefined;
  return {
    sealed: (receipt) => {
      const sealing = sealingFor(receipt.name);
      return sealing === undefined ? receipt.changes : mapped(receipt, isHeld, (...value) => sealing.seal(...value));
    },
    sealedText: (name, text) => sealingFor(name)?.seal(bindingOfText(name), text) ?? text,
    isAsKept: ({ name, changes }) => {
      const sealing = sealingFor(name);
      const held = secretKeys.map((key) => changes[key] ?? '').filter(isHeld);
      return held.every((value) => (sealing === undefined ? !isSealed(value) : sealing.isCurrent(value)));
    },
    opened: (receipt, ringCopy) =>
      mapped(receipt, isSealed, (binding, text) => sealingOf(text, seals, ringCopy).open(binding, text)),
    ringText: () => seals.sealing && textOfRing(seals.sealing.ring),
  };
}

/** By the database's own data keys, or else by the copy of them on this machine. */
function sealingOf(text: string, seals: Seals, ringCopy: () => string | undefined): Sealing {
  const id = envelopeIn(text)?.keyId;
  const isKnown = seals.sealing?.ring.keys.some((key) => key.id === id) === true;
  const copy = isKnown ? undefined : ringCopy();
  const ring = copy === undefined ? undefined : ringIn(copy, 'the copy of the data keys beside the receipts');
  if (seals.sealing !== undefined && ring === undefined) return seals.sealing;
  return seals.withRing(ring ?? ringIn('', 'the copy of the data keys beside the receipts'));
}

/** The changes with some of their secrets put in other words. */
function mapped(
  { name, spent, changes }: Sealable,
  isWanted: (value: string) => boolean,
  put: (binding: Binding, value: string) => string,
): Changes {
  const wanted = secretKeys.filter((key) => isWanted(changes[key] ?? ''));
  const values = wanted.map((key) => [key, put(bindingOf(name, key, spent), changes[key] ?? '')] as const);
  return { ...changes, ...Object.fromEntries(values) };
}

function isHeld(value: string): boolean {
  return value !== '';
}

/** A receipt belongs to the generation that was spent for it. */
function bindingOf(name: string, row: ContractKey, spent: number): Binding {
  return { name: ownName(name), row, generation: `receipt ${spent}` };
}

function ownName(name: string): string {
  return name.replace(/#.*/, '');
}
