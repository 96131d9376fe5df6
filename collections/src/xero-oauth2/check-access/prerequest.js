endpoint('api_url');
accessToken();
if (!literal('tenant_id')) pm.request.removeHeader('xero-tenant-id', { ignoreCase: true });
