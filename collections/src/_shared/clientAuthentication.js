/**
 * Says which app is asking: HTTP Basic for an app with a secret, client_id in the body for one without (RFC 6749 §2.3.1, §3.2.1).
 */
function clientAuthentication() {
  const clientId = required('client_id', "copy it from the app's Configuration page at developer.xero.com");
  if (setting('app_type') === 'pkce') {
    pm.request.body?.urlencoded?.add({ key: 'client_id', value: clientId });
    return;
  }
  const credentials = `${clientId}:${clientSecret()}`;
  pm.request.headers.upsert({
    key: 'Authorization',
    value: `Basic ${Buffer.from(credentials).toString('base64')}`,
  });
}
