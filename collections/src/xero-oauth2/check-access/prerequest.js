endpoint('api_url');
accessToken();
if (!setting('tenant_id')) pm.request.removeHeader('xero-tenant-id', { ignoreCase: true });
