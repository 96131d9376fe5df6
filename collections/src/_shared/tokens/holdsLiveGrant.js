import { setting } from '../request/setting';

/** Whether the environment has an organisation whose consent has not ended. */
export function holdsLiveGrant() {
  return setting('tenant_id') !== '' && setting('grant_status') !== 'consent_needed';
}
