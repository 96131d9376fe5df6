import { plainName } from '../../../../scripts/environment/plain-name';
import { setting } from '../request/setting';

/** The name of the organisation that this environment holds, or what stands for it. */
export function heldName() {
  return plainName(setting('tenant_name')) || setting('tenant_id') || plainName(pm.environment.name);
}
