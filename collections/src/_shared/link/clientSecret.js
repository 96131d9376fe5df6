import { required } from '../request/required';

/** The app's secret, which web apps and custom connections have. */
export function clientSecret() {
  return required('client_secret', "generate one on the app's Configuration page at developer.xero.com");
}
