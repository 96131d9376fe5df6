import type { Attack } from './attack';
import { attacks as listen } from './listen';
import { attacks as proxies } from './proxies';

/** Every attack there is; a test says so. */
export const everyAttack: readonly Attack[] = [...listen, ...proxies];
