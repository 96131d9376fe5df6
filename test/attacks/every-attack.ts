import type { Attack } from './attack';

/** Every attack there is; a test says so. */
export const everyAttack: readonly Attack[] = [];
