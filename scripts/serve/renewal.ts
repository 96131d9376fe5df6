import type { Context } from '../context';
import type { LiveCertificate } from '../network/certificate';
import { failureOf } from '../terminal/console';

/** The files are looked at this often. */
const lookMs = 10_000;

/** Looks for a renewed certificate until it is stopped. */
export interface Renewal {
  stop(): void;
}

/**
 * Takes up a certificate that was renewed, within ten seconds, or at once upon SIGHUP (but on a terminal, where that means
 * that the terminal is gone). A certificate is put there before its key or after it: what does not fit together is said only
 * when it is so twice, and the old one stays meanwhile.
 */
export function renewInTime(certificate: LiveCertificate, { console, signals }: Context): Renewal {
  let told = '';
  let failed = '';
  const look = (isSure: boolean): void => {
    try {
      if (certificate.renew()) console.say('evergrant: a renewed certificate is in use');
      [failed, told] = ['', ''];
    } catch (error) {
      const { message, hint } = failureOf(error, console);
      const isNews = (isSure || failed === message) && told !== message;
      failed = message;
      if (!isNews) return;
      told = message;
      console.say(`evergrant: ${message}; the certificate before stays in use\n  → ${hint}`);
    }
  };
  const timer = setInterval(() => look(false), lookMs).unref();
  if (!console.isTerminal) signals.onHangup(() => look(true));
  return { stop: () => clearInterval(timer) };
}
