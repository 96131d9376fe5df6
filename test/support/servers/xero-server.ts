import { createHash, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

type AppType = 'web' | 'pkce' | 'custom_connection';
type Endpoint = 'authorize' | 'token' | 'revocation' | 'connections' | 'organisation';
export type Handler = (request: http.IncomingMessage, response: http.ServerResponse, answer: () => void) => void;

interface LoggedRequest {
  readonly endpoint: Endpoint | 'other';
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

export interface XeroServer {
  readonly url: string;
  readonly requests: LoggedRequest[];
  /** Every secret that this server has made: none may ever show. */
  readonly secrets: Set<string>;
  /** How often a refresh token was exchanged for a new one. */
  redemptions(): number;
  /** The next request of an endpoint is handled so; `answer()` does what would have been done without it. */
  next(endpoint: Endpoint, ...handlers: Handler[]): void;
  /** Forgets what `next` has ordered. */
  forget(): void;
  /** The text of an environment for this server, with more or other rows. */
  environment(appType: AppType, name: string, rows?: Readonly<Record<string, string>>): string;
  /** A person opens the link, chooses an organisation and allows: where the browser ends. */
  consent(link: string, choice?: Choice): string;
  /** A connected environment's rows. */
  connectedRows(appType?: AppType): Record<string, string>;
  /** A second secret of the web app, as good as the first. */
  addSecret(): string;
  /** Whether the server would take this refresh token. */
  accepts(refreshToken: string): boolean;
  /** After this, tokens used before are past their grace. */
  endGrace(): void;
  close(): Promise<void>;
}

/** Who consents, and to what; Maple Bakery's person unless it says otherwise. */
export interface Choice {
  readonly tenantId?: string;
  readonly tenantName?: string;
  readonly userId?: string;
  /** Organisations that are ticked as well. */
  readonly alsoNames?: readonly string[];
}

const secret = (kind: string): string => `${kind}-${randomBytes(24).toString('base64url')}+/=`;

/**
 * A server that behaves as Xero's documented facts say and shares no code with the sandbox or the program: single use
 * refresh tokens with a grace, codes with PKCE, Basic and body authentication, connections and revocation.
 */
export async function startXeroServer({ lifetimeSeconds = 1800 } = {}): Promise<XeroServer> {
  const secrets = new Set<string>();
  const note = (value: string): string => (secrets.add(value), value);
  const apps: Record<AppType, { id: string; secret: string; second?: string }> = {
    web: { id: randomUUID().replaceAll('-', '').toUpperCase(), secret: note(secret('web')) },
    pkce: { id: randomUUID().replaceAll('-', '').toUpperCase(), secret: '' },
    custom_connection: { id: randomUUID().replaceAll('-', '').toUpperCase(), secret: note(secret('custom')) },
  };
  const redirectUri = 'http://localhost:8080/callback';
  const codes = new Map<string, { redirectUri: string; challenge: string; clientId: string; event: string }>();
  const refreshTokens = new Map<string, { clientId: string; event: string; isUsed: boolean; isOver: boolean }>();
  const liveAccess = new Map<string, string>();
  const handlers = new Map<Endpoint, Handler[]>();
  const requests: LoggedRequest[] = [];
  let redeemed = 0;
  const [user, tenant, connection] = [randomUUID(), randomUUID(), randomUUID()];
  const usual = { userId: user, tenantId: tenant, tenantName: 'Maple Bakery', alsoNames: [] };
  const choices = new Map<string, Required<Choice>>();

  const jwt = (claims: object): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return note(
      `${part({ alg: 'RS256' })}.${part({ ...claims, jti: randomUUID() })}.${randomBytes(32).toString('base64url')}`,
    );
  };
  const tokenSet = (clientId: string, event: string): Record<string, unknown> => {
    const refresh = note(secret('refresh'));
    refreshTokens.set(refresh, { clientId, event, isUsed: false, isOver: false });
    const { userId } = choices.get(event) ?? usual;
    const access = jwt({ xero_userid: userId, authentication_event_id: event });
    liveAccess.set(access, event);
    return {
      access_token: access,
      refresh_token: refresh,
      id_token: jwt({ sub: user }),
      expires_in: lifetimeSeconds,
      token_type: 'Bearer',
      scope: 'openid offline_access',
    };
  };
  const clientOf = (authorization: string | undefined, form: Record<string, string>): string | undefined => {
    const basic = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const [id, given] = authorization
      ? [basic.slice(0, basic.indexOf(':')), basic.slice(basic.indexOf(':') + 1)]
      : [form['client_id'], form['client_secret'] ?? ''];
    return Object.values(apps).find((app) => app.id === id && [app.secret, app.second].includes(given ?? ''))?.id;
  };
  const token = (
    authorization: string | undefined,
    form: Record<string, string>,
  ): [number, Record<string, unknown>] => {
    const clientId = clientOf(authorization, form);
    if (clientId === undefined) return [400, { error: 'invalid_client' }];
    if (form['grant_type'] === 'client_credentials') {
      if (clientId !== apps.custom_connection.id) return [400, { error: 'unauthorized_client' }];
      const access = jwt({ xero_tenant_id: tenant });
      liveAccess.set(access, 'custom');
      return [200, { access_token: access, expires_in: 1800, token_type: 'Bearer' }];
    }
    if (form['grant_type'] === 'authorization_code') {
      const code = codes.get(form['code'] ?? '');
      codes.delete(form['code'] ?? '');
      const challenge = createHash('sha256')
        .update(form['code_verifier'] ?? '')
        .digest('base64url');
      const isGood =
        code?.clientId === clientId &&
        code.redirectUri === form['redirect_uri'] &&
        ['', challenge].includes(code.challenge);
      return isGood && code ? [200, tokenSet(clientId, code.event)] : [400, { error: 'invalid_grant' }];
    }
    const grant = refreshTokens.get(form['refresh_token'] ?? '');
    if (grant === undefined || grant.clientId !== clientId || grant.isOver) return [400, { error: 'invalid_grant' }];
    if (!grant.isUsed) redeemed++;
    grant.isUsed = true;
    return [200, tokenSet(clientId, grant.event)];
  };

  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const form = Object.fromEntries(new URLSearchParams(body));
      const endpoint = endpoints.find(([pattern]) => pattern.test(url.pathname))?.[1] ?? 'other';
      const { authorization } = request.headers;
      requests.push({ endpoint, method: request.method ?? '', path: request.url ?? '', authorization, form });
      const json = (status: number, value: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      };
      const answer = (): void => {
        if (endpoint === 'token') return json(...token(authorization, form));
        if (endpoint === 'authorize') return authorize(url, response);
        if (endpoint === 'revocation') {
          if (clientOf(authorization, form) === undefined) return json(400, { error: 'invalid_client' });
          const grant = refreshTokens.get(form['token'] ?? '');
          if (grant) for (const one of refreshTokens.values()) if (one.event === grant.event) one.isOver = true;
          return void response.writeHead(200).end();
        }
        if (endpoint === 'other') return void response.writeHead(404).end();
        const event = liveAccess.get(authorization?.replace(/^Bearer /, '') ?? '');
        if (event === undefined) return json(401, { Title: 'Unauthorized', Status: 401, Detail: 'TokenExpired' });
        if (endpoint === 'organisation') return json(200, { Organisations: [{ Name: 'Maple Bakery' }] });
        if (request.method === 'DELETE')
          return void response.writeHead(url.pathname.endsWith(connection) ? 204 : 404).end();
        json(200, [
          {
            id: randomUUID(),
            authEventId: randomUUID(),
            tenantId: randomUUID(),
            tenantType: 'ORGANISATION',
            tenantName: 'Older Ltd',
            updatedDateUtc: '2099-01-01T00:00:00',
          },
          ...connectionsFor(event),
        ]);
      };
      const handler = endpoint === 'other' ? undefined : handlers.get(endpoint)?.shift();
      if (handler) handler(request, response, answer);
      else answer();
    });
  });
  /** What this consent's user has connected, each organisation once, by this consent or by the last that was for it. */
  const connectionsFor = (event: string): object[] => {
    const own = choices.get(event) ?? usual;
    const others = [...choices].filter(([, { userId }]) => userId === own.userId).toReversed();
    const all = [[event, own] as const, ...others];
    const ids = all.map(([, { tenantId }]) => tenantId);
    return all
      .filter((_, at) => ids.indexOf(ids[at] ?? '') === at)
      .flatMap(([authEventId, { tenantId, tenantName, alsoNames }]) => {
        const first = { id: tenantId === tenant ? connection : randomUUID(), tenantId, tenantName };
        const also = alsoNames.map((name) => ({ id: randomUUID(), tenantId: randomUUID(), tenantName: name }));
        const updatedDateUtc = '2026-11-22T00:00:00';
        return [first, ...also].map((one) => ({ ...one, authEventId, tenantType: 'ORGANISATION', updatedDateUtc }));
      });
  };
  const problemOf = (scopes: readonly string[]): string | undefined => {
    if (scopes.includes('app.connections')) return 'wrong apps scopes';
    const isNothing = scopes.every((scope) => scope === 'offline_access');
    if (isNothing || scopes.some((scope) => /bogus|^accounting\.invoice$/.test(scope))) return 'invalid_scope';
    const isRestricted = scopes.some((scope) => /^(finance|bankfeeds)\b/.test(scope));
    return isRestricted ? 'unauthorized_client : Invalid scope for client' : undefined;
  };
  const authorize = (url: URL, response: http.ServerResponse): void => {
    const known = [apps.web.id, apps.pkce.id].includes(url.searchParams.get('client_id') ?? '');
    const problem = !known
      ? 'unauthorized_client : Unknown client or client not enabled'
      : url.searchParams.get('redirect_uri') !== redirectUri
        ? 'unauthorized_client : Invalid redirect_uri'
        : problemOf((url.searchParams.get('scope') ?? '').split(' '));
    if (problem === 'wrong apps scopes') {
      const words = new URLSearchParams({ error: 'access_denied', error_description: 'Requested wrong apps scopes' });
      return void response.writeHead(302, { location: `${redirectUri}?${words.toString()}` }).end();
    }
    if (problem === undefined)
      return void response.writeHead(302, { location: '/identity/user/login?ReturnUrl=x' }).end();
    response.writeHead(500, { 'content-type': 'text/html' }).end(`<h1>Error code: 500</h1><p>Error: ${problem}</p>`);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;

  const rowsFor = (appType: AppType): Record<string, string> => ({
    app_type: appType,
    authorize_url: `${url}/identity/connect/authorize`,
    token_url: `${url}/connect/token`,
    revocation_url: `${url}/connect/revocation`,
    connections_url: `${url}/connections`,
    api_url: `${url}/api.xro/2.0`,
    client_id: apps[appType].id,
    ...(appType === 'pkce' ? {} : { client_secret: apps[appType].secret }),
    ...(appType === 'custom_connection'
      ? {}
      : { redirect_uri: redirectUri, scopes: 'openid offline_access accounting.invoices' }),
  });
  return {
    url,
    requests,
    secrets,
    redemptions: () => redeemed,
    next: (endpoint, ...more) => void handlers.set(endpoint, [...(handlers.get(endpoint) ?? []), ...more]),
    forget: () => handlers.clear(),
    environment: (appType, name, rows = {}) => environmentText(name, { ...rowsFor(appType), ...rows }),
    consent: (link, choice = {}) => {
      const asked = new URL(link).searchParams;
      const event = randomUUID();
      choices.set(event, { ...usual, ...choice });
      const code = note(randomBytes(24).toString('base64url'));
      codes.set(code, {
        redirectUri: asked.get('redirect_uri') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        clientId: asked.get('client_id') ?? '',
        event,
      });
      return `${redirectUri}?code=${code}&scope=openid&state=${encodeURIComponent(asked.get('state') ?? '')}&session_state=x.y`;
    },
    connectedRows: (appType = 'web') => {
      const set = tokenSet(apps[appType].id, randomUUID());
      return {
        access_token: String(set['access_token']),
        refresh_token: String(set['refresh_token']),
        access_token_expires_at: new Date(Date.now() + 1_800_000).toISOString(),
        refresh_token_expires_at: new Date(Date.now() + 60 * 86_400_000).toISOString(),
        generation: '1',
        refresh_started_at: '',
        grant_status: 'connected',
      };
    },
    addSecret: () => (apps.web.second = note(secret('second'))),
    accepts: (refreshToken) => refreshTokens.get(refreshToken)?.isOver === false,
    endGrace: () => {
      for (const grant of refreshTokens.values()) if (grant.isUsed) grant.isOver = true;
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

const endpoints: readonly (readonly [RegExp, Endpoint])[] = [
  [/\/connect\/authorize$/, 'authorize'],
  [/\/connect\/token$/, 'token'],
  [/\/connect\/revocation$/, 'revocation'],
  [/\/connections/, 'connections'],
  [/\/Organisation$/, 'organisation'],
];

const secretKeys = ['client_secret', 'access_token', 'refresh_token', 'code_verifier', 'callback_url'];

/** An environment as Postman exports it, with a user's own rows: switched off, typed, numbered, and unknown keys. */
export function environmentText(name: string, rows: Readonly<Record<string, string>>): string {
  const values = Object.entries(rows).map(([key, value]) => ({
    key,
    value,
    type: secretKeys.includes(key) ? 'secret' : 'default',
    enabled: true,
  }));
  const own = { key: 'my_note', value: 'Grüße "quoted"', type: 'secret', enabled: false, my_extra: { a: [1, null] } };
  const file = {
    id: randomUUID(),
    name,
    values: [own, ...values],
    color: null,
    _postman_variable_scope: 'environment',
    _postman_exported_at: '2026-11-22T09:00:00.000Z',
  };
  return `${JSON.stringify(file, null, '\t')}\n`;
}

/** Cuts the connection without an answer. */
export const hangUp: Handler = (request) => void request.socket.destroy();

/** Does what was asked, then cuts the connection before the answer. */
export const loseAnswer: Handler = (request, response, answer) => {
  response.writeHead = () => response;
  response.end = () => {
    request.socket.destroy();
    return response;
  };
  answer();
};

/** The next token request: `arrived` when the server has it, answered when the test says so. */
export function holdTokenRequest(xero: XeroServer): { readonly arrived: Promise<void>; answer(): void } {
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) =>
    xero.next('token', (_request, _response, answer) => {
      release = answer;
      resolve();
    }),
  );
  return { arrived, answer: () => release() };
}

/** Answers with this, without doing what was asked. */
export function answerWith(status: number, body: string, headers: Record<string, string> = {}): Handler {
  return (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
