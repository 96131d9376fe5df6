endpoint('connections_url');
accessToken();
