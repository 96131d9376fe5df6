/** What is known on this machine about why a request had no answer. */
export interface WireFacts {
  /** Whether any byte of the request may have been sent: its connection was open and the certificate valid. */
  readonly sent: boolean;
  /** The certificate of the server or the proxy is not trusted. */
  readonly isUntrusted: boolean;
  /** The proxy at which the request failed, as host and port. */
  readonly via?: string;
}

/** An error of the connection for which the system has none of its own. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';

  constructor(
    /** `ETIMEDOUT` or `HTTP 407`; it is shown unchanged in messages. */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

const facts = new WeakMap<object, WireFacts>();

/** Notes what is known about an error. Only the first note counts. */
export function noteFacts(error: object, known: WireFacts): void {
  if (!facts.has(error)) facts.set(error, known);
}

/** What is known about an error. Undefined if it came after the answer had begun, or before anything was connected. */
export function factsOf(error: object): WireFacts | undefined {
  return facts.get(error);
}
