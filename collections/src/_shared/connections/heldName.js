import { plainName } from '../../../../scripts/environment/plain-name';
import { isolated } from '../../../../scripts/text/isolate';
import { setting } from '../request/setting';

/** The name of this environment's organisation, else its id, else the environment's name. */
export function heldName() {
  return isolated(plainName(setting('tenant_name'))) || setting('tenant_id') || plainName(pm.environment.name);
}
