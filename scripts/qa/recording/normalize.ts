import { jsonOf } from '../../text/json';
import { percentDecoded } from '../../text/percent';
import { decodedFrom, type Encoding } from './encodings';
import { numberName } from './instants';
import { aroundPlaceholders, Placeholders } from './placeholders';
import { isDuration, kindInClaims, kindInJson, kindInPair } from './secret-keys';
import { nameShapes } from './shapes';

const jwt = /eyJ[\w-]{8,4000}\.[\w-]+\.[\w-]*/g;
const basic = /\bBasic\s+([A-Za-z0-9+/_-]{4,}={0,2})/gi;
const bearer = /\bBearer\s+([\w.~+/-]{16,}=*)(?=$|[\s"',;<])/gi;
const names = '[A-Za-z_-]{3,20}';
const pair = new RegExp(`((?:^|[?&#\\s"'])(${names})=)([^&#\\s"'<>‹›]+)`, 'g');
const encodedPair = new RegExp(`((?:%3F|%26|%23)(${names})%3D)((?:[^&#\\s"'<>%‹›]|%(?!26|23)[0-9a-f]{2})+)`, 'gi');
const jsonPair = new RegExp(`((\\\\{0,31})"(${names})\\2"\\s*:\\s*\\2")((?:[^"\\\\‹›]|\\\\[^"])+)`, 'g');

type KindOf = (name: string) => string | undefined;

/**
 * Writes the texts and JSON values of one scenario in a form that is the same in every run: each secret, id, instant and
 * address of the server has a placeholder. Values under a secret's name come first, then all that is known already,
 * then what looks like an id or an instant.
 */
export class NormalForm {
  readonly table = new Placeholders();
  /** The claims of each JWT, by its placeholder's name. */
  readonly claims = new Map<string, unknown>();
  /** The server's clock, from which the instants in its answers are told; undefined in what a client says. */
  clock: Date | undefined;
  readonly #port: RegExp;

  /** `baseUrl` is '' for a server whose address is always the same: Xero. */
  constructor(baseUrl: string) {
    const { host = '', port = '' } = baseUrl === '' ? {} : new URL(baseUrl);
    if (baseUrl !== '') this.table.bind('base', baseUrl);
    if (host !== '') this.table.bind('host', host);
    this.#port = port === '' ? /(?!)/ : new RegExp(`(:|%3A)${port}(?!\\d)`, 'gi');
  }

  text(raw: string): string {
    const bracketed = raw.replaceAll(/[‹›]/g, (bracket) => (bracket === '‹' ? '‹open›' : '‹close›'));
    return this.#steps.reduce((text, step) => aroundPlaceholders(text, step), bracketed);
  }

  readonly #steps: readonly ((part: string) => string)[] = [
    (part) => part.replace(basic, (_, credentials: string) => `Basic ${this.credentials(credentials)}`),
    (part) => part.replace(bearer, (_, token: string) => `Bearer ${this.secret('token', token)}`),
    (part) => part.replace(jwt, (token) => this.secret('token', token)),
    (part) => part.replace(encodedPair, this.#pairIn('url twice')),
    (part) => part.replace(pair, this.#pairIn('url')),
    (part) => part.replace(jsonPair, (...found: string[]) => this.#jsonPair(found)),
    (part) => this.table.replaceKnown(part),
    (part) => part.replace(this.#port, '$1‹port›'),
    (part) => nameShapes(part, this.table, this.clock),
  ];

  /** A value that is a secret by its name. */
  secret(kind: string, value: string): string {
    if (value === '') return '';
    if (new RegExp(`^${jwt.source}$`).test(value)) return `‹${this.#jwt(value)}›`;
    return `‹${this.table.nameOf(kind, value)}›`;
  }

  /** HTTP Basic: the client's id and secret (RFC 7617 §2, each encoded as in RFC 6749 §2.3.1). */
  credentials(base64: string): string {
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(base64, 'base64').toString()) ?? [];
    if (id === undefined || secret === undefined) return this.secret('credentials', base64);
    this.table.nameOf('credentials', base64);
    return `${this.secret('client_id', percentDecoded(id))}:${this.secret('client_secret', percentDecoded(secret))}`;
  }

  /** A JSON value; numbers that go become texts like `‹#seconds 30m›`. */
  json(value: unknown, kindOf: KindOf = kindInJson, name = ''): unknown {
    if (Array.isArray(value)) return value.map((one) => this.json(one, kindOf, name));
    if (typeof value === 'number') return this.#number(value, name);
    if (typeof value === 'string') return this.#string(value, kindOf(name));
    if (typeof value !== 'object' || value === null) return value;
    const row = 'key' in value && typeof value.key === 'string' ? value.key : undefined; // of an environment file
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [
        this.text(key),
        this.json(part, kindOf, key === 'value' ? (row ?? key) : key),
      ]),
    );
  }

  #number(value: number, name: string): unknown {
    if (name === 'expires_in') return Math.ceil(value / 60) * 60; // what is left of a token goes by the clock on the wall
    const called = isDuration(name) ? 'duration' : numberName(String(value), this.clock);
    return called === undefined ? value : `‹#${called}›`;
  }

  #string(value: string, kind: string | undefined): string {
    return kind === undefined ? this.text(value) : this.secret(kind, value);
  }

  /** Two JWTs without an id of their own that say the same are one: within a second, their bytes are the same, too. */
  #jwt(token: string): string {
    const known = this.table.find(token);
    if (known !== undefined) return known;
    const [, payload = ''] = token.split('.');
    const claims = this.json(jsonOf(Buffer.from(payload, 'base64').toString()) ?? null, kindInClaims);
    const said = JSON.stringify(claims);
    const hasId = typeof claims === 'object' && claims !== null && 'jti' in claims;
    const [same] = [...this.claims].find(([, others]) => !hasId && JSON.stringify(others) === said) ?? [];
    const name = same ?? this.table.nameOf('jwt', token);
    this.table.bind(name, token);
    this.claims.set(name, claims);
    return name;
  }

  /** `name=value`, percent-encoded once for its own sake and once more for each URL around it. */
  #pairIn(encoding: Encoding): (whole: string, lead: string, name: string, value: string) => string {
    return (whole, lead, name, value) => {
      const kind = kindInPair(name);
      if (kind === undefined) return whole;
      const decoded = decodedFrom(value, encoding);
      const stand = this.secret(kind, decoded);
      return `${lead}${decoded === value ? stand : stand.replace('›', `, ${encoding}›`)}`;
    };
  }

  #jsonPair([whole = '', lead = '', , name = '', value = '']: readonly string[]): string {
    const kind = kindInJson(name);
    return kind === undefined ? whole : `${lead}${this.secret(kind, value)}`;
  }
}
