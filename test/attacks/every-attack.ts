import type { Attack } from './attack';
import { attacks as clocks } from './clocks';
import { attacks as git } from './git';
import { attacks as links } from './links';
import { attacks as listen } from './listen';
import { attacks as mounts } from './mounts';
import { attacks as proxies } from './proxies';
import { attacks as root } from './root';

/** Every attack there is; a test says so. */
export const everyAttack: readonly Attack[] = [...links, ...root, ...git, ...listen, ...proxies, ...clocks, ...mounts];
