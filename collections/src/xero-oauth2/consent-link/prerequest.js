import { makeKeptState, makeState } from '../../../../scripts/consent/state';
import { base64url } from '../../../../scripts/text/base64url';
import { endpoint } from '../../_shared/request/endpoint';
import { hmacSha256 } from '../../_shared/link/hmacSha256';
import { linkApp } from '../../_shared/link/linkApp';
import { linkSecret } from '../../_shared/link/linkSecret';
import { newLink } from '../../_shared/link/newLink';
import { onlyFor } from '../../_shared/request/onlyFor';
import { randomBytes } from '../../_shared/link/randomBytes';
import { required } from '../../_shared/request/required';
import { setting } from '../../_shared/request/setting';
import { sha256 } from '../../_shared/link/sha256';

/** Fills in the link: trimmed settings, a new state and, for an app without a secret, a PKCE challenge (RFC 7636 §4). */
function prepareConsentLink() {
  onlyFor(['web', 'pkce'], 'a custom connection needs no link, send Get access token');
  endpoint('authorize_url');
  endpoint('redirect_uri');
  required('client_id', "copy it from the app's Configuration page at developer.xero.com");
  const scopes = required('scopes', 'copy them from the template of this app type').replace(/\s+/g, ' ');
  const now = new Date();
  const query = pm.request.url.query;
  const nonce = base64url(randomBytes('nonce', 16));
  if (setting('app_type') === 'web') {
    linkSecret();
    pm.variables.set('state', makeState(newLink(now), linkApp(), nonce, hmacSha256));
  } else {
    const verifier = base64url(randomBytes('verifier', 32));
    pm.variables.set('state', makeKeptState(newLink(now), nonce));
    pm.variables.set('new_code_verifier', verifier);
    query.add({ key: 'code_challenge', value: base64url(sha256(verifier)) });
    query.add({ key: 'code_challenge_method', value: 'S256' });
  }
  pm.variables.set('scopes', scopes);
  pm.variables.set('requested_at', now.toISOString());
  for (const row of query.all()) row.value = encodeURIComponent(pm.variables.replaceIn(row.value ?? ''));
}

prepareConsentLink();
