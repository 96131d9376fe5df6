/** What every sealed value begins with, whatever its version. */
const prefix = 'evergrant:';

/** `evergrant:1:KEYID:PAYLOAD`, or `evergrant:1:KEYID:FINGERPRINT.PAYLOAD`; the payload is in base64url. */
const shape = /^evergrant:1:([0-9a-f]{8}):(?:([0-9a-f]{4,64})\.)?([\w-]+)$/;

/** The parts of a sealed value. */
export interface Envelope {
  /** The data key that it was sealed with. */
  readonly keyId: string;
  /** The fingerprint of what is in it, where it has one; '' otherwise. */
  readonly fingerprint: string;
  readonly payload: string;
}

/** Whether a text is a sealed value, of this version or a later one, whole or damaged. */
export function isSealed(text: string): boolean {
  return text.startsWith(prefix);
}

/** Undefined for a text that is no sealed value of this version. */
export function envelopeIn(text: string): Envelope | undefined {
  const [, keyId, fingerprint = '', payload] = shape.exec(text) ?? [];
  return keyId === undefined || payload === undefined ? undefined : { keyId, fingerprint, payload };
}

export function textOfEnvelope({ keyId, fingerprint, payload }: Envelope): string {
  return `${prefix}1:${keyId}:${fingerprint === '' ? '' : `${fingerprint}.`}${payload}`;
}
