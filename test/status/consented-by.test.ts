import { expect, test } from 'vitest';
import { consentedBy } from '../../scripts/status/consented-by';
import { environmentOf, jwt } from '../support/environments';

test.each<[string, Record<string, string>, string | null]>([
  ['nobody', {}, null],
  ['an id', { authorised_user_id: 'user-1' }, 'user-1'],
  [
    'a name and an address',
    { access_token: jwt({ name: 'Jo Baker', email: 'jo@maple.example' }) },
    'Jo Baker (jo@maple.example)',
  ],
  ['an address alone', { access_token: jwt({ email: 'jo@maple.example' }) }, 'jo@maple.example'],
  [
    'an address twice',
    { access_token: jwt({ preferred_username: 'jo@x.example', email: 'jo@x.example' }) },
    'jo@x.example',
  ],
  ['a name rather than an id', { authorised_user_id: 'user-1', access_token: jwt({ name: 'Jo' }) }, 'Jo'],
  ['the id in the token', { access_token: jwt({ xero_userid: 'user-2' }) }, 'user-2'],
  [
    'a name with a line break and a switch of direction',
    { access_token: jwt({ name: 'Jo\n\u202EBaker' }) },
    'Jo Baker',
  ],
  ['no claim that is no text', { access_token: jwt({ name: 7, email: {} }) }, null],
])('%s is who has consented', (_, rows, expected) => {
  expect(consentedBy(environmentOf(rows))).toBe(expected);
});
