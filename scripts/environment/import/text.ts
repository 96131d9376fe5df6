import type { Candidate } from './candidate';
import { tokenSetCandidates, tokenChanges } from './token-set';

/** The token set of a PHP session or of Laravel's cache, which are in PHP's serialized form and not in JSON. */
export function phpCandidates(text: string, now: Date): Candidate[] {
  const members = text.matchAll(/s:\d+:"(\w+)";(?:s:\d+:"([^"]*)"|i:(\d+));/g);
  const set = Object.fromEntries([...members].map(([, key = '', word, number]) => [key, word ?? Number(number)]));
  return tokenSetCandidates(set, now);
}

/** A text that is a refresh token and nothing else; that is enough to take a connection over. */
export function bareCandidates(text: string, now: Date): Candidate[] {
  const token = /^"?([\w.~+/=-]{20,})"?$/.exec(text.trim())?.[1];
  if (token === undefined) return [];
  return [
    {
      name: '',
      format: 'a refresh token',
      appType: undefined,
      changes: { ...tokenChanges('', token, undefined, now) },
      generation: 0,
      tokenUrls: [],
    },
  ];
}
