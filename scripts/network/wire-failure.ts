/** Why a request had no answer, as far as the machine that it was to leave knows. */
export interface WireFacts {
  /** Whether any byte of the request may have left: its connection was open, and the server's certificate was good. */
  readonly sent: boolean;
  /** The server, or the proxy, has a certificate that nobody here vouches for. */
  readonly isUntrusted: boolean;
  /** The proxy, as host and port, where it came no further. */
  readonly via?: string;
}

/** What the wire says when the system has no error of its own. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';

  constructor(
    /** `ETIMEDOUT`, `HTTP 407`: it goes into a message as it is. */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

const facts = new WeakMap<object, WireFacts>();

/** Remembers what is known of an error; the first to know wins. */
export function noteFacts(error: object, known: WireFacts): void {
  if (!facts.has(error)) facts.set(error, known);
}

/** Undefined for an error that came once the answer had begun, or before anything was connected. */
export function factsOf(error: object): WireFacts | undefined {
  return facts.get(error);
}
