import { readCallback } from '../../../../scripts/consent/pasted-callback';
import { callbackFault } from '../../_shared/link/callbackFault';
import { clientAuthentication } from '../../_shared/request/clientAuthentication';
import { endpoint } from '../../_shared/request/endpoint';
import { keptByServer } from '../../_shared/tokens/keptByServer';
import { onlyFor } from '../../_shared/request/onlyFor';
import { refuse } from '../../_shared/request/refuse';
import { required } from '../../_shared/request/required';
import { sealedByServer } from '../../_shared/tokens/sealedByServer';
import { setting } from '../../_shared/request/setting';

/** Checks the pasted callback before its code is used (RFC 6749 §4.1.3). */
function prepareExchange() {
  onlyFor(['web', 'pkce'], 'a custom connection has no callback, send Get access token');
  const kept =
    keptByServer('give this address to its owner, who exchanges it within the 5 minutes') ||
    sealedByServer(setting('client_secret')) ||
    sealedByServer(setting('code_verifier'));
  if (kept) refuse(kept);
  endpoint('token_url');
  endpoint('redirect_uri');
  const pasted = required('callback_url', 'paste the address of the page the customer ended on');
  const callback = readCallback(pasted);
  const fault = callbackFault(callback);
  if (fault) refuse(fault);
  pm.variables.set('code', callback.kind === 'code' ? callback.code : '');
  if (setting('app_type') === 'pkce') {
    const verifier = required('code_verifier', 'it comes with the link, so send a new Consent link');
    pm.request.body?.urlencoded?.add({ key: 'code_verifier', value: verifier });
  }
  clientAuthentication();
}

prepareExchange();
