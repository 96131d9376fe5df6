import { setting } from '../request/setting';

/** The app that links are made for: a state is good for this one alone. */
export function linkApp() {
  return {
    clientSecret: setting('client_secret'),
    clientId: setting('client_id'),
    redirectUri: setting('redirect_uri'),
  };
}
