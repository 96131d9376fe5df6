onlyFor(['web', 'pkce'], 'a custom connection is ended in Xero, under Connected apps');
endpoint('revocation_url');
required('refresh_token', 'there is nothing to revoke');
clientAuthentication();
