/** The access token that a call to Xero's API carries. */
function accessToken() {
  return required(
    'access_token',
    'send Exchange code or Refresh tokens first, Get access token for a custom connection',
  );
}
