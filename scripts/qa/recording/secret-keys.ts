/** Under these names a value is a secret, or an id that differs from run to run, wherever they stand. */
const anywhere: Readonly<Record<string, string>> = {
  accesstoken: 'token',
  refreshtoken: 'token',
  idtoken: 'token',
  token: 'token',
  issued: 'token',
  code: 'code',
  codeverifier: 'verifier',
  codechallenge: 'challenge',
  clientid: 'client_id',
  clientsecret: 'client_secret',
  consentstate: 'state',
  sessionstate: 'session_state',
  randombytes: 'random_bytes',
  jti: 'id',
  sub: 'id',
  sid: 'id',
  globalsessionid: 'id',
  athash: 'hash',
  shash: 'hash',
  nonce: 'nonce',
};

/** In a URL or a form `state` is a secret; in the sandbox's own answers it is a word. */
const inPairs: Readonly<Record<string, string>> = { ...anywhere, state: 'state' };

/** Who a token speaks of. */
const ofPeople = new Set(['name', 'givenname', 'familyname', 'preferredusername', 'email']);

/** What kind of value stands under a name in JSON, undefined where none that must go. */
export function kindInJson(name: string): string | undefined {
  return own(anywhere, name);
}

/** The same for `name=value` in a URL or a form. */
export function kindInPair(name: string): string | undefined {
  return own(inPairs, name);
}

/** The same for the claims of a JWT. */
export function kindInClaims(name: string): string | undefined {
  return ofPeople.has(plain(name)) ? 'person' : kindInJson(name);
}

/** Whether a number is a length of time that depends on when it was asked for. */
export function isDuration(name: string): boolean {
  return plain(name) === 'offsetseconds';
}

function own(kinds: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(kinds, plain(name)) ? kinds[plain(name)] : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
