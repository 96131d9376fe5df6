onlyFor(['web', 'pkce'], 'a custom connection has no refresh token, send Get access token');
endpoint('token_url');
required('refresh_token', 'send Consent link and Exchange code first');
clientAuthentication();
