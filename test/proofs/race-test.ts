import { prove } from './support/proof';
import { race } from './support/race';

/** Waves of real processes refresh one environment at once: one redemption a wave, and none of them fails. */
void prove({ processes: 200, waves: 6 }, race);
