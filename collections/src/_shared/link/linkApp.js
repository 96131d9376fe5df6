import { setting } from '../request/setting';

/** The app that links are made for. A state is accepted only for the app that it was made for. */
export function linkApp() {
  return {
    clientSecret: setting('client_secret'),
    clientId: setting('client_id'),
    redirectUri: setting('redirect_uri'),
  };
}
