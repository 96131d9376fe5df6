import { createHash } from 'node:crypto';
import { encodedAs } from './encodings';
import { instantText } from './instants';
import type { NormalForm } from './normalize';
import { fillPlaceholders, kindOf } from './placeholders';
import type { RecordedAnswer, RecordedScenario } from './recording-file';

/** An answer of a recording as a server sends it. */
export interface LiveAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Fills the placeholders of a recorded answer: with the values that the client sent for them, with the moment, and with
 * values made up for the rest, which are the same in every replay. A JWT gets its recorded claims and no signature.
 */
export function liveAnswer(
  answer: RecordedAnswer,
  { jwts }: Pick<RecordedScenario, 'jwts'>,
  form: NormalForm,
  now: Date,
): LiveAnswer {
  const fill = (text: string): string => fillPlaceholders(text, (inside) => valueOf(inside, { jwts, form, now }));
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, fill(value)]));
  const { body } = answer;
  if ('json' in body) return { status: answer.status, headers, text: JSON.stringify(filled(body.json, fill)) };
  return { status: answer.status, headers, text: 'text' in body ? fill(body.text) : '' };
}

interface Filling {
  readonly jwts: Readonly<Record<string, unknown>>;
  readonly form: NormalForm;
  readonly now: Date;
}

/** Texts like `‹#seconds 30m›` stand for numbers. */
function filled(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return /^‹#[^›]*›$/.test(value) ? Number(fill(value)) : fill(value);
  if (Array.isArray(value)) return value.map((one) => filled(one, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [fill(key), filled(part, fill)]));
}

function valueOf(inside: string, filling: Filling): string {
  const [name = '', encoding] = inside.replace(/^#/, '').split(', ');
  const value = fixed(name, filling.now) ?? filling.form.table.valueOf(name) ?? madeUp(name, filling);
  return encodedAs(value, encoding);
}

const words: ReadonlyMap<string, string> = new Map([
  ['open', '‹'],
  ['close', '›'],
  ['hidden', 'hidden'],
  ['duration', '30'],
]);

function fixed(name: string, now: Date): string | undefined {
  const [, count] = /^spaces (\d{1,7})$/.exec(name) ?? [];
  return words.get(name) ?? (count === undefined ? instantText(name, now) : ' '.repeat(Number(count)));
}

function madeUp(name: string, filling: Filling): string {
  const { form, jwts } = filling;
  if (name === 'port') return new URL(form.table.valueOf('base') ?? '').port;
  const isJwt = kindOf(name) === 'jwt';
  const value = isJwt ? jwtOf(name, filling) : looksLike(kindOf(name), digestOf(name));
  form.table.bind(name, value);
  if (isJwt) form.claims.set(name, jwts[name]);
  return value;
}

function digestOf(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

function looksLike(kind: string, digest: Buffer): string {
  const hex = digest.toString('hex');
  if (kind === 'uuid') return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  if (kind === 'hex') return hex.slice(0, 32);
  if (kind === 'email') return `${hex.slice(0, 8)}@example.com`;
  if (kind === 'short_code') return `!${hex.slice(0, 5)}`;
  return digest.toString('base64url');
}

/** RFC 7519 §6: a JWT without a signature; its `kid` keeps two with the same claims apart. */
function jwtOf(name: string, filling: Filling): string {
  const fill = (text: string): string => fillPlaceholders(text, (inside) => valueOf(inside, filling));
  const header = { alg: 'none', kid: digestOf(name).toString('hex') };
  const parts = [header, filled(filling.jwts[name] ?? {}, fill)].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${parts.join('.')}.`;
}
