import { encodingsOf } from './encodings';

/** A secret that a text holds, and the first of the encodings in which it does. */
export interface Leak {
  readonly secret: string;
  readonly encoding: string;
}

/**
 * The secrets that a text holds, whole or thirty characters in a row of them, in any encoding. What is shorter than eight
 * characters is no secret, and of an address only the whole is one.
 */
export function leaksIn(text: string, secrets: Iterable<string>): Leak[] {
  const asked = [...new Set(secrets)].map((secret) => ({ secret, traces: tracesOf(secret) }));
  const seen = tracesSeenIn(text);
  return asked.flatMap(({ secret, traces }) => {
    const found = traces.find((trace) => seen.has(trace) || (trace.isSoughtWhole && text.includes(trace.encoded)));
    return found === undefined ? [] : [{ secret, encoding: found.encoding }];
  });
}

/** What a secret looks like in one encoding. */
interface Trace {
  readonly encoding: string;
  readonly encoded: string;
  /** Too short to be cut into pieces, or an address, whose pieces are no secret. */
  readonly isSoughtWhole: boolean;
}

const tracesOfSecret = new Map<string, readonly Trace[]>();

/** The traces of a secret, each once; from now on its pieces are known. */
function tracesOf(secret: string): readonly Trace[] {
  const known = tracesOfSecret.get(secret);
  if (known !== undefined) return known;
  const isAddress = /^https?:/.test(secret);
  const traces = encodingsOf(secret)
    .filter(([, encoded], at, all) => encoded.length > 7 && all.findIndex(([, other]) => other === encoded) === at)
    .map(([encoding, encoded]) => ({ encoding, encoded, isSoughtWhole: isAddress || encoded.length < pieceLength }));
  for (const trace of traces) if (!trace.isSoughtWhole) learnPieces(trace);
  tracesOfSecret.set(secret, traces);
  return traces;
}

// Twenty characters from every tenth on: whatever thirty stand in a row, one of these pieces is among them.
const [pieceLength, pieceStep] = [20, 10];
const tracesOfPiece = new Map<string, Trace[]>();

function learnPieces(trace: Trace): void {
  for (let at = 0; at + pieceLength <= trace.encoded.length; at += pieceStep) {
    const piece = trace.encoded.slice(at, at + pieceLength);
    const others = tracesOfPiece.get(piece);
    if (others === undefined) tracesOfPiece.set(piece, [trace]);
    else others.push(trace);
    isKnownSlot[slotOf(hashOf(piece))] = 1;
  }
}

/** The traces of which a text holds a piece, in one pass: a rolling hash tells where it is worth looking closer. */
function tracesSeenIn(text: string): ReadonlySet<Trace> {
  const seen = new Set<Trace>();
  let hash = hashOf(text.slice(0, pieceLength));
  for (let end = pieceLength; end <= text.length; end++) {
    if (isKnownSlot[slotOf(hash)] === 1) {
      for (const trace of tracesOfPiece.get(text.slice(end - pieceLength, end)) ?? []) seen.add(trace);
    }
    hash = rolled(hash, text.charCodeAt(end), text.charCodeAt(end - pieceLength));
  }
  return seen;
}

const base = 0x01000193;
const weightOfLeaving = Array.from({ length: pieceLength }).reduce<number>((weight) => Math.imul(weight, base), 1);
const slotBits = 20;
const isKnownSlot = new Uint8Array(1 << slotBits);

function slotOf(hash: number): number {
  return hash >>> (32 - slotBits);
}

function hashOf(piece: string): number {
  let hash = 0;
  for (let at = 0; at < piece.length; at++) hash = rolled(hash, piece.charCodeAt(at), 0);
  return hash;
}

/** The hash of a piece that moves on by one character. */
function rolled(hash: number, entering: number, leaving: number): number {
  return (Math.imul(hash, base) + entering - Math.imul(leaving, weightOfLeaving)) | 0;
}
