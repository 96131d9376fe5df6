/** The access token with which a request was sent, from Postman's own OAuth 2.0 helper; '' when there was none. */
export function servedToken() {
  const [, token = ''] = /^Bearer (\S+)$/.exec(pm.request.headers.get('Authorization') ?? '') ?? [];
  return token;
}
